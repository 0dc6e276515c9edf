internal import LVMDriver
internal import VolumeAPI
internal import VolumeDriver

extension DriverKind {
    /// Logical volumes in an LVM volume group.
    static let lvm = DriverKind(
        name: LVMDriver.kind,
        options: [
            DriverOption(name: "volume-group"), DriverOption(name: "lvm-type") { _ in builtIn.provisioning.rawValue },
            DriverOption(name: "thin-pool"), DriverOption(name: "lvm-mirrors") { _ in "\(builtIn.mirrors)" },
            DriverOption(name: "volume-clear") { _ in builtIn.clearing.rawValue },
            DriverOption(name: "volume-clear-bytes-per-second"), DriverOption(name: "lvm-system-directory"),
            .exportDirectory,
        ]
    ) { settings in
        guard let group = try settings.name("volume-group") else {
            throw settings.error("volume-group", "it is missing: name the volume group that `vgs` shows")
        }
        var options = LVMOptions(volumeGroup: group)
        options.provisioning = try settings.oneOf(LVMOptions.Provisioning.self, "lvm-type") ?? options.provisioning
        options.thinPool = try settings.name("thin-pool")
        options.mirrors =
            try settings.value("lvm-mirrors", as: "a number from 0 to 8") { text in
                Int(text).flatMap { (0...8).contains($0) ? $0 : nil }
            } ?? options.mirrors
        options.clearing = try settings.oneOf(LVMOptions.Clearing.self, "volume-clear") ?? options.clearing
        options.clearingBytesPerSecond = try settings.size("volume-clear-bytes-per-second")
        options.systemDirectory = try settings.path("lvm-system-directory")
        options.exportDirectory = try settings.exportDirectory()
        let driver = LVMDriver(options)
        return { () throws(DriverError) in driver }
    }

    private static let builtIn = LVMOptions(volumeGroup: "")
}

extension DriverSettings {
    fileprivate func name(_ key: String) throws(VolumeError) -> String? {
        try value(key, as: "an LVM name: letters, digits, '+', '_', '.' and '-'") { name in
            LVMOptions.isName(name) ? name : nil
        }
    }
}
