internal import LoopbackDriver

extension DriverKind {
    /// Files in a directory.
    static let loopback = DriverKind(name: LoopbackDriver.kind, options: [DriverOption(name: "path")]) { settings in
        let path = try settings.path("path") ?? "\(settings.stateDirectory)/pools/\(settings.pool)"
        return LoopbackDriver(directory: path)
    }
}
