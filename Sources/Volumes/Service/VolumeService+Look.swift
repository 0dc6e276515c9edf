internal import Identity
public import VolumeAPI
public import VolumeDriver

extension VolumeService {
    /// What the volume's pool really holds of it, asked now.
    ///
    /// - Throws: ``VolumeError`` when it can't be found out.
    public func inspect(_ volume: Volume) async throws(VolumeError) -> VolumePresence {
        guard let pool = volume.pool else { return .absent }
        do {
            return try await Patience.wait(for: pool) {
                try await registry.driver(of: pool, marking: false).inspect(volume.id)
            }
        } catch {
            guard let error = error as? DriverError else { throw VolumeError(translating: error) }
            throw VolumeError(
                VolumeError.Code(error.code),
                "cannot look at volume \"\(volume.label)\" on pool \"\(pool)\"",
                cause: error.description,
                remedies: Remedy.list(error) + [.showPool(pool)]
            )
        }
    }

    /// What the volume's pool really holds of it, in the time of the request that asks for it.
    ///
    /// - Parameter subject: what is requested, after "cannot".
    /// - Throws: ``VolumeError`` when it can't be found out; `timedOut` at the deadline of `control`; `cancelled`.
    func inspect(
        _ volume: Volume,
        in control: RequestControl,
        to subject: String
    ) async throws(VolumeError) -> VolumePresence {
        do {
            return try await Abortable(control, subject).run { _ in try await inspect(volume) }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Makes the drivers of all pools that answer, so that ``location(of:)`` knows where their volumes are.
    public func prepareDrivers() async {
        await withDiscardingTaskGroup { group in
            for pool in pools where pool.presentDriver == nil {
                group.addTask { _ = try? await Patience.wait(for: pool.name) { try await pool.driver() } }
            }
        }
    }

    /// What is known of the volume's data, asked now.
    public func backendState(of volume: Volume) async -> BackendState {
        do {
            return .found(try await inspect(volume))
        } catch {
            return .unknown(error)
        }
    }

    /// Whether the volume's data is what the volume promises; `nil` when it is, and when nobody expects that of its status.
    ///
    /// - Returns: `missing`, with what was found.
    public func flaw(of volume: Volume, _ presence: VolumePresence) -> VolumeError? {
        guard volume.status == .available, presence != .complete(volume.size) else { return nil }
        let isGone = presence == .absent
        return VolumeError(
            .missing,
            "volume \"\(volume.label)\" is missing: its data is \(isGone ? "not in" : "damaged in") "
                + "pool \"\(volume.pool ?? "")\"",
            cause: isGone
                ? "nothing is there at \(location(of: volume))"
                : "\(presence.words), and should have \(volume.size.bytes) bytes, at \(location(of: volume))",
            aftermath: "nothing was changed; its quota is still counted",
            remedies: [
                .advice("bring its data back to where it was"), .showPool(volume.pool ?? ""),
                .removeVolume(volume.label),
            ]
        )
    }
}
