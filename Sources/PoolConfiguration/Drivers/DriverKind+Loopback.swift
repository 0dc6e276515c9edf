internal import LoopbackDriver
internal import VolumeDriver

extension DriverKind {
    /// Files in a directory.
    static let loopback = DriverKind(
        name: LoopbackDriver.kind,
        options: ["path", "format", "allocation", "promised-limit", "allocated-limit", "export-directory"]
            .map { DriverOption(name: $0) }
    ) { settings in
        let format = try settings.oneOf(ImageFormat.self, "format") ?? .raw
        let allocation = try settings.oneOf(LoopbackOptions.Allocation.self, "allocation")
        if format == .qcow2, allocation == .full {
            throw settings.error("allocation", "'full' is for format 'raw'")
        }
        let driver = LoopbackDriver(
            directory: try settings.path("path") ?? "\(settings.stateDirectory)/pools/\(settings.pool)",
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
}
