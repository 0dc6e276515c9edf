internal import Exports
internal import Identity
internal import VolumeDriver

extension RBDDriver {
    /// Runs `body` exclusively among all calls on this host that change the volume.
    ///
    /// Ceph's tools detect concurrent calls, too, but some of their errors look like those about a client that uses the
    /// volume. Calls on other hosts are only detected by the tools.
    func alone<Value: Sendable>(
        with volume: VolumeID,
        _ action: String,
        _ body: () async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        // A few shared lock files, instead of one for each volume that ever existed.
        try await HostDirectory(directory)
            .locked("rbd-\(volume.description.prefix(2))", action) { () async throws(DriverError) in
                try await checkPool(action)
                return try await body()
            }
    }
}
