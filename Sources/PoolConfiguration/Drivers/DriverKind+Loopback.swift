internal import LoopbackDriver
internal import VolumeDriver

extension DriverKind {
    /// Files in a directory.
    static let loopback = DriverKind(
        name: LoopbackDriver.kind,
        options: [
            DriverOption(name: "path") { directory($0) },
            DriverOption(name: "format") { _ in ImageFormat.raw.rawValue },
            DriverOption(name: "allocation") { _ in LoopbackOptions.Allocation.sparse.rawValue },
            DriverOption(name: "promised-limit"), DriverOption(name: "allocated-limit"), .exportDirectory,
        ]
    ) { settings in
        let format = try settings.oneOf(ImageFormat.self, "format") ?? .raw
        let allocation = try settings.oneOf(LoopbackOptions.Allocation.self, "allocation")
        if format == .qcow2, allocation == .full {
            throw settings.error("allocation", "'full' is for format 'raw'")
        }
        let driver = LoopbackDriver(
            directory: try settings.path("path") ?? directory(settings),
            options: LoopbackOptions(
                format: format,
                allocation: allocation ?? .sparse,
                promisedLimit: try settings.size("promised-limit"),
                allocatedLimit: try settings.size("allocated-limit"),
                exportDirectory: try settings.exportDirectory()
            )
        )
        return { () throws(DriverError) in driver }
    }

    private static func directory(_ settings: DriverSettings) -> String {
        "\(settings.stateDirectory)/pools/\(settings.pool)"
    }
}
