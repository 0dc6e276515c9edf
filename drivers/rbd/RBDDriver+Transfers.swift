internal import Exports
internal import Identity
internal import VolumeDriver

/// Writes data through a server that ends together with its client.
///
/// If a `qemu-img` with the image open were killed, the image would count as open for half a minute; a server closes it
/// whatever happens to its client.
extension RBDDriver {
    /// Runs `body` with an address at which the volume can be written to meanwhile.
    func transferring(
        _ volume: VolumeID,
        _ action: String,
        _ body: (_ uri: String) async throws(DriverError) -> Void
    ) async throws(DriverError) {
        let name = Self.transferName(volume)
        let uri = try await server.start(name, disk(volume), for: .oneClient, action).uri
        let result: Result<Void, DriverError>
        do throws(DriverError) {
            result = .success(try await body(uri))
        } catch {
            result = .failure(error)
        }
        // In a separate task, because the current one may be cancelled, and the next call has to find the image closed.
        await Task { await waitForEnd(of: name, action) }.value
        try result.get()
    }

    /// Waits until the server has closed the image after its client has disconnected.
    private func waitForEnd(of name: String, _ action: String) async {
        let end = ContinuousClock.now + .seconds(30)
        while server.isRunning(name), ContinuousClock.now < end {
            // It is busy until the server has noticed the disconnect.
            if (try? await server.stop(name, action)) != nil { return }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Ends the server of a transfer whose process was killed before it connected, or waits for one that is ending.
    /// Returns `false` if there is none.
    func endIdleTransfer(_ volume: VolumeID, _ action: String) async throws(DriverError) -> Bool {
        let name = Self.transferName(volume)
        guard server.isRunning(name) else { return false }
        try await server.stop(name, action)
        return true
    }

    private static func transferName(_ volume: VolumeID) -> String { "transfer-\(volume)" }
}
