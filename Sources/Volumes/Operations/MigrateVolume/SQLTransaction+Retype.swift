internal import SQL
internal import SQLStore
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

extension SQLTransaction {
    /// Makes sure that the type exists, that its volumes are encrypted as this one is, that as many holders may use them while it
    /// is in use, that the volume's group takes it, and that the project's limits on it allow the volume and its snapshots.
    ///
    /// - Throws: `notFound`, `conflict`, `invalidInput`, `quotaExceeded`.
    func requireType(_ type: String, for volume: Volume, within limits: QuotaLimits) throws {
        let headline = "retype volume \"\(volume.label)\""
        let types = TypeTable(connection: connection)
        guard let new = try types.find(type, for: volume.project) else {
            throw VolumeError.noType(type, to: headline)
        }
        guard try new.encryption == types.encryption(of: volume.type) else {
            throw VolumeError.otherEncryption(of: type, to: headline, than: "the volume")
        }
        let isMultiattach = ExtraSpecs(values: new.extraSpecs).isMultiattach
        if isMultiattach, new.encryption != nil || volume.attributes.keyID != nil {
            throw VolumeError.encryptedMultiattach("\(headline) to \(type.quoted)")
        }
        if isMultiattach != volume.attributes.isMultiattach {
            let uses = try AttachmentTable(connection: connection).list(of: volume.id)
            guard uses.isEmpty else {
                let words = isMultiattach ? "multiattach, and the volume is not" : "not multiattach, and the volume is"
                throw VolumeError.inUse(volume, uses, for: .available, rule: "type \(type.quoted) is \(words)")
            }
        }
        if let group = volume.group {
            try GroupTable(connection: connection).find(group)?.requireType(type, to: "\(headline) to \(type.quoted)")
        }
        do {
            try QuotaTable(connection: connection)
                .check(amounts(of: volume, countedFor: type), ceilings: [:], of: volume.project, within: limits)
        } catch let error as QuotaExceeded {
            throw VolumeError(
                .quotaExceeded,
                "cannot \(headline) to \(type.quoted): \(error.words)",
                cause: error.numbers,
                remedies: error.raises + [.showQuota]
            )
        }
    }

    /// Gives a volume another type, or none, and moves the usage of the types with it.
    ///
    /// - Parameter isMultiattach: whether several holders may use it; `nil` if the type says so.
    func retype(_ volume: Volume, to type: String?, isMultiattach: Bool? = nil) throws {
        let quota = QuotaTable(connection: connection)
        if let old = volume.type { try quota.release(amounts(of: volume, countedFor: old), of: volume.project) }
        if let type { try quota.use(amounts(of: volume, countedFor: type), of: volume.project) }
        let specs = try type.flatMap { try TypeTable(connection: connection).find($0) }?.extraSpecs ?? [:]
        try VolumeTable(connection: connection)
            .change(volume, type: type, isMultiattach: isMultiattach ?? ExtraSpecs(values: specs).isMultiattach)
    }

    /// What a volume and its snapshots use of a type's resources.
    private func amounts(of volume: Volume, countedFor type: String) throws -> QuotaAmounts {
        let snapshots = try SnapshotTable(connection: connection).list(of: volume.id, limit: .max).0
        if let damaged = snapshots.unreadable.first { throw damaged }
        let all = QuotaAmounts.all(of: volume, snapshots.readable)
        return all.counting(for: type).filter { all[$0.key] == nil }
    }
}
