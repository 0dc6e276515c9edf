public import Identity

/// A driver that gives programs of this host access to volumes.
public protocol AttachingDriver: VolumeDriver {
    /// Makes the volume accessible on this host. Idempotent: attaching an attached volume returns the existing
    /// attachment.
    ///
    /// - Throws: `notFound` without the volume; `busy` while it is exported.
    func attach(_ volume: VolumeID, operation: OperationID) async throws(DriverError) -> LocalAttachment

    /// Ends the access after all written data has reached the backend. Idempotent: succeeds without an attachment, and
    /// without the volume.
    ///
    /// - Throws: `busy` while a program has the volume open.
    func detach(_ volume: VolumeID, operation: OperationID) async throws(DriverError)

    /// Returns the volume's current attachment, as the host itself reports it; `nil` if it is not attached. A file that
    /// is always accessible does not count as an attachment.
    func attachment(of volume: VolumeID) async throws(DriverError) -> LocalAttachment?
}

/// A driver that can give programs of this host access to volumes that lets nobody write.
public protocol ReadOnlyAttachingDriver: AttachingDriver {
    /// Makes the volume accessible on this host; the device refuses writes if `isReadOnly`. Idempotent: attaching a volume that
    /// is attached in the same way returns the existing attachment. ``AttachingDriver/detach(_:operation:)`` ends it.
    ///
    /// - Throws: `notFound` without the volume; `refused` where no device that refuses writes can be made; `busy` while the volume
    ///   is attached in the other way, or exported.
    func attach(_ volume: VolumeID, isReadOnly: Bool, operation: OperationID) async throws(DriverError)
        -> LocalAttachment
}

extension ReadOnlyAttachingDriver {
    /// Attaches the volume for writing.
    public func attach(_ volume: VolumeID, operation: OperationID) async throws(DriverError) -> LocalAttachment {
        try await attach(volume, isReadOnly: false, operation: operation)
    }
}

/// The path at which programs of this host access a volume.
public struct LocalAttachment: Sendable, Hashable, Codable {
    /// The path of a device or a file.
    public let path: String
    /// The format of the bytes at that path; devices are always raw.
    public let format: ImageFormat
    /// Whether it is a device, which makes `delete` fail with `busy`.
    public let isDevice: Bool
    /// Whether it refuses writes.
    public let isReadOnly: Bool

    /// - Parameters:
    ///   - path: the path of a device or a file.
    ///   - format: the format of the bytes at that path.
    ///   - isDevice: whether it is a device.
    ///   - isReadOnly: whether it refuses writes.
    public init(path: String, format: ImageFormat = .raw, isDevice: Bool, isReadOnly: Bool = false) {
        self.path = path
        self.format = format
        self.isDevice = isDevice
        self.isReadOnly = isReadOnly
    }

    /// Decodes an attachment; one of a version that did not know read-only ones is writable.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            path: try fields.decode(String.self, forKey: .path),
            format: try fields.decode(ImageFormat.self, forKey: .format),
            isDevice: try fields.decode(Bool.self, forKey: .isDevice),
            isReadOnly: try fields.decodeIfPresent(Bool.self, forKey: .isReadOnly) ?? false
        )
    }
}

/// A driver that serves volumes to clients such as virtual machines and remote users.
public protocol ExportingDriver: VolumeDriver {
    /// The protocols that it supports.
    var exportTypes: Set<ExportType> { get }

    /// Serves the volume, which is in use until ``unexport(_:operation:)``. Idempotent: exporting an exported volume in
    /// the same way returns the existing export.
    ///
    /// - Throws: `notFound` without the volume; `refused` if it is exported in another way, or the type is not
    ///   supported; `busy` while it is attached as a device, because the two could not see each other's writes.
    func export(_ volume: VolumeID, as type: ExportType, operation: OperationID) async throws(DriverError)
        -> VolumeExport

    /// Ends the export, including the remains of a server that has died. Idempotent: succeeds without an export, and
    /// without the volume.
    ///
    /// - Throws: `busy` while a client is connected, if the backend can detect that.
    func unexport(_ volume: VolumeID, operation: OperationID) async throws(DriverError)

    /// Returns the volume's current export; `nil` if it has none. A server that has died does not count.
    func export(of volume: VolumeID) async throws(DriverError) -> VolumeExport?
}

/// A driver that can serve volumes in a way that lets no client write.
public protocol ReadOnlyExportingDriver: ExportingDriver {
    /// Serves the volume; clients can't write if `isReadOnly`. Idempotent: exporting a volume that is exported in the same way
    /// returns the existing export. ``ExportingDriver/unexport(_:operation:)`` ends it.
    ///
    /// - Throws: as ``ExportingDriver/export(_:as:operation:)``; `refused` also while the volume is exported in the other way.
    func export(_ volume: VolumeID, as type: ExportType, isReadOnly: Bool, operation: OperationID)
        async throws(DriverError) -> VolumeExport
}

extension ReadOnlyExportingDriver {
    /// Exports the volume for writing.
    public func export(
        _ volume: VolumeID,
        as type: ExportType,
        operation: OperationID
    ) async throws(DriverError) -> VolumeExport {
        try await export(volume, as: type, isReadOnly: false, operation: operation)
    }
}

/// A protocol by which a volume is served.
public struct ExportType: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
    /// The name as it is stored and printed.
    public let rawValue: String

    /// - Parameter rawValue: the name, in lower case.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Network block device, on a Unix socket.
    public static let nbd = ExportType(rawValue: "nbd")
    /// Internet SCSI.
    public static let iscsi = ExportType(rawValue: "iscsi")

    /// The name.
    public var description: String { rawValue }
}

/// An export of a volume.
public struct VolumeExport: Sendable, Hashable, Codable {
    /// The protocol.
    public let type: ExportType
    /// The address for clients: `nbd+unix:///?socket=/run/volumectl/volume-….sock`.
    public let uri: String
    /// Whether it refuses writes.
    public let isReadOnly: Bool

    /// - Parameters:
    ///   - uri: the address for clients.
    ///   - isReadOnly: whether it refuses writes.
    public init(type: ExportType, uri: String, isReadOnly: Bool = false) {
        self.type = type
        self.uri = uri
        self.isReadOnly = isReadOnly
    }

    /// Decodes an export; one of a version that did not know read-only ones is writable.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            type: try fields.decode(ExportType.self, forKey: .type),
            uri: try fields.decode(String.self, forKey: .uri),
            isReadOnly: try fields.decodeIfPresent(Bool.self, forKey: .isReadOnly) ?? false
        )
    }
}
