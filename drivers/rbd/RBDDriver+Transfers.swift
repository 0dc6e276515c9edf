internal import Exports
internal import Identity
internal import VolumeDriver

/// How data is written: by way of a server that goes when its client does.
///
/// A `qemu-img` that opened the image itself and was ended would have it look open for half a minute; a server closes it
/// whatever becomes of its client.
extension RBDDriver {
    /// Runs `body` with the address at which the volume can be written to for as long.
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
        // Also when cancelled: the next call is to find the image closed.
        await Task { await waitForEnd(of: name, action) }.value
        try result.get()
    }

    /// Waits until the server has closed the image, once its client has gone.
    private func waitForEnd(of name: String, _ action: String) async {
        let end = ContinuousClock.now + .seconds(30)
        while server.isRunning(name), ContinuousClock.now < end {
            // It is busy until it has heard that its client has gone.
            if (try? await server.stop(name, action)) != nil { return }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Ends the server of a transfer whose process was killed before it had a client, or waits for one that goes by itself.
    /// `false` if there is none.
    func endIdleTransfer(_ volume: VolumeID, _ action: String) async throws(DriverError) -> Bool {
        let name = Self.transferName(volume)
        guard server.isRunning(name) else { return false }
        try await server.stop(name, action)
        return true
    }

    private static func transferName(_ volume: VolumeID) -> String { "transfer-\(volume)" }
}
