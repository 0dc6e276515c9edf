internal import Exports
internal import Identity
internal import VolumeDriver

extension RBDDriver {
    /// Runs `body` alone among all that change this volume on this host.
    ///
    /// Ceph's tools would notice each other, but some of their answers to that are hard to tell from a client that uses the
    /// volume. Whoever works on it from another host is noticed by these.
    func alone<Value: Sendable>(
        with volume: VolumeID,
        _ action: String,
        _ body: () async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        // Few files instead of one for each volume that there ever was.
        try await HostDirectory(directory)
            .locked("rbd-\(volume.description.prefix(2))", action) { () async throws(DriverError) in
                try await checkPool(action)
                return try await body()
            }
    }
}
