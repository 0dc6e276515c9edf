internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The source of a copy: a volume, or a snapshot of one.
struct CopySource {
    /// `nil` for a copy of the volume as it is now.
    let snapshot: Snapshot?
    let volume: Volume

    init(snapshot: Snapshot? = nil, volume: Volume) { (self.snapshot, self.volume) = (snapshot, volume) }

    /// The source, whose project's key the transaction holds.
    ///
    /// - Throws: `notFound` when it is gone, or has been given to another project.
    init(snapshot: SnapshotID?, volume: VolumeID, in connection: any SQLConnection) throws {
        self.snapshot = try snapshot.map { try SnapshotTable(connection: connection).find($0).orMissing($0) }
        let volumes = VolumeTable(connection: connection)
        self.volume = try volumes.find(volume).orMissing(volume.description)
        try volumes.requireOurs(self.volume)
    }

    var size: ByteCount { snapshot?.size ?? volume.size }

    /// The driver's ability that the copy needs.
    var feature: DriverFeatures { snapshot == nil ? .clone : .snapshot }

    /// The source with its noun, for messages.
    var label: String { snapshot.map { "snapshot \"\($0.label)\"" } ?? "volume \"\(volume.label)\"" }

    private var show: Remedy { snapshot.map { .showSnapshot($0.label) } ?? .showVolume(volume.label) }

    /// Checks that a volume of this size can be made of it now.
    ///
    /// - Parameters:
    ///   - label: the new volume's name or id.
    ///   - size: `nil` for a share of the free space.
    /// - Throws: `conflict` while the source is not available; `invalidInput` for a size that is less than the
    ///   source's.
    func requireReady(for label: String, size: ByteCount?) throws(VolumeError) {
        let headline = "cannot create volume \"\(label)\" from \(self.label)"
        if let snapshot, snapshot.status != .available {
            throw VolumeError(
                .conflict,
                "\(headline): the snapshot is \(snapshot.status.rawValue)",
                remedies: snapshot.wayOut + [show]
            )
        }
        // The volume's status matters to a snapshot only while the volume is reverted to one.
        guard snapshot == nil ? volume.status.allowsSnapshots : volume.status != .reverting else {
            throw VolumeError(
                .conflict,
                "\(headline): volume \"\(volume.label)\" is \(volume.status.rawValue)",
                remedies: volume.wayOut + [.showVolume(volume.label)]
            )
        }
        guard let size, size >= self.size else {
            throw VolumeError(
                .invalidInput,
                size.map { "\(headline): \($0) is too small" }
                    ?? "\(headline): its size can't be a share of the free space",
                cause: "\(self.label) has \(self.size) (\(self.size.bytes) bytes), and a copy has at least that",
                remedies: [.advice("leave out the size, or name a larger one"), show]
            )
        }
    }
}
