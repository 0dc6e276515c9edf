public import Identity

/// A driver that gives the programs of this host access to volumes.
public protocol AttachingDriver: VolumeDriver {
    /// Makes the volume accessible here. That it is already is success, and answers the same.
    ///
    /// - Throws: `notFound` without the volume; `busy` while it is exported.
    func attach(_ volume: VolumeID, operation: OperationID) async throws(DriverError) -> LocalAttachment

    /// Takes the access away, after all that was written has reached the backend. That there is none is success, also
    /// without the volume.
    ///
    /// - Throws: `busy` while somebody has it open.
    func detach(_ volume: VolumeID, operation: OperationID) async throws(DriverError)

    /// Where the volume is accessible, as the host itself tells; `nil` when it isn't. A file that is accessible all the
    /// time is not an attachment here.
    func attachment(of volume: VolumeID) async throws(DriverError) -> LocalAttachment?
}

/// Where the programs of this host find a volume's bytes.
public struct LocalAttachment: Sendable, Hashable, Codable {
    /// The path of a device or a file.
    public let path: String
    /// How the bytes at that path are written; a device's are always raw.
    public let format: ImageFormat
    /// Whether it is a device, which `delete` then sees as in use.
    public let isDevice: Bool

    /// - Parameters:
    ///   - path: of a device or a file.
    ///   - format: how the bytes at that path are written.
    ///   - isDevice: whether it is a device.
    public init(path: String, format: ImageFormat = .raw, isDevice: Bool) {
        self.path = path
        self.format = format
        self.isDevice = isDevice
    }
}

/// A driver that serves volumes to others: virtual machines, remote users.
public protocol ExportingDriver: VolumeDriver {
    /// The ways in which it serves volumes.
    var exportTypes: Set<ExportType> { get }

    /// Serves the volume, which is in use for as long. That it is served in this way already is success, and answers the
    /// same.
    ///
    /// - Throws: `notFound` without the volume; `refused` if it is served in another way, or the type isn't offered; `busy`
    ///   while it is attached as a device, as the two would not see what the other writes.
    func export(_ volume: VolumeID, as type: ExportType, operation: OperationID) async throws(DriverError)
        -> VolumeExport

    /// Ends the service, also of what has died half-way. That there is none is success, also without the volume.
    ///
    /// - Throws: `busy` while somebody is connected, if the backend can tell.
    func unexport(_ volume: VolumeID, operation: OperationID) async throws(DriverError)

    /// How the volume is served now; `nil` when it isn't. A server that has died does not serve.
    func export(of volume: VolumeID) async throws(DriverError) -> VolumeExport?
}

/// A way to serve a volume.
public struct ExportType: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
    /// Its name, which is stored and printed.
    public let rawValue: String

    /// - Parameter rawValue: its name, in lower case.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Network block device, on a Unix socket.
    public static let nbd = ExportType(rawValue: "nbd")
    /// Internet SCSI.
    public static let iscsi = ExportType(rawValue: "iscsi")

    /// Its name.
    public var description: String { rawValue }
}

/// Where a volume is served.
public struct VolumeExport: Sendable, Hashable, Codable {
    /// In which way.
    public let type: ExportType
    /// What a client is given: `nbd+unix:///?socket=/run/volumectl/volume-….sock`.
    public let uri: String

    /// - Parameter uri: what a client is given.
    public init(type: ExportType, uri: String) {
        self.type = type
        self.uri = uri
    }
}
