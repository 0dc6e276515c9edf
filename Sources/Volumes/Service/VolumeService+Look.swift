internal import Identity
public import VolumeAPI
public import VolumeDriver

extension VolumeService {
    /// Asks the volume's pool for the state of the volume's data.
    ///
    /// - Throws: ``VolumeError`` when the pool can't answer.
    public func inspect(_ volume: Volume) async throws(VolumeError) -> VolumePresence {
        guard let pool = volume.pool else { return .absent }
        do {
            return try await Patience.wait(for: pool) {
                try await registry.driver(of: pool, marking: false).inspect(volume.id)
            }
        } catch {
            throw VolumeError(error, to: "look at volume \"\(volume.label)\" on pool \"\(pool)\"", pool: pool)
        }
    }

    /// Asks the volume's pool for the state of the volume's data, within the time of a request.
    ///
    /// - Parameter subject: the request, as the words after "cannot" in the error.
    /// - Throws: ``VolumeError`` when the pool can't answer; `timedOut` at the deadline of `control`; `cancelled`.
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

    /// Creates the drivers of all pools that answer, so that ``location(of:)`` knows their volumes' locations.
    public func prepareDrivers() async {
        await withDiscardingTaskGroup { group in
            for pool in pools { group.addTask { await prepareDriver(of: pool.name) } }
        }
    }

    /// Creates the driver of a pool that answers, so that ``location(of:)`` knows its volumes' locations.
    func prepareDriver(of name: String) async {
        guard let pool = pools.first(where: { $0.name == name }), pool.presentDriver == nil else { return }
        _ = try? await Patience.wait(for: name) { try await pool.driver() }
    }

    /// Asks the volume's pool for the state of the volume's data.
    public func backendState(of volume: Volume) async -> BackendState {
        do {
            return .found(try await inspect(volume))
        } catch {
            return .unknown(error)
        }
    }

    /// Returns what is wrong with the volume's data; `nil` if nothing is, or if the volume's status promises no data.
    ///
    /// - Returns: a `missing` error that says what was found.
    public func flaw(of volume: Volume, _ presence: VolumePresence) -> VolumeError? {
        guard volume.status.promisesData, presence != .complete(volume.size) else { return nil }
        let isGone = presence == .absent
        return VolumeError(
            .missing,
            "volume \"\(volume.label)\" is missing: its data is \(isGone ? "not in" : "damaged in") "
                + "pool \"\(volume.pool ?? "")\"",
            cause: isGone
                ? "nothing is there at \(location(of: volume))"
                : "\(presence.words), and should have \(volume.size.bytes) bytes, at \(location(of: volume))",
            aftermath: "nothing was changed; its quota is still in use",
            remedies: [
                .advice("restore its data to that location"), .showPool(volume.pool ?? ""),
                .removeVolume(volume.label),
            ]
        )
    }
}

extension VolumeError {
    /// The error for a request that only looks at a pool and could not.
    ///
    /// - Parameter subject: the request, as the words after "cannot".
    init(_ error: any Error, to subject: String, pool: String) {
        guard let error = error as? DriverError else {
            self.init(translating: error)
            return
        }
        self.init(
            VolumeError.Code(error.code),
            "cannot \(subject)",
            cause: error.description,
            remedies: Remedy.list(error) + [.showPool(pool)]
        )
    }
}
