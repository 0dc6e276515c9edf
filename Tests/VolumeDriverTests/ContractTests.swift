import Identity
import Testing
import VolumeDriver

struct ContractTests {
    @Test func `a driver's features are what it conforms to, without what it withholds`() {
        #expect(PlainDriver().features == [])
        #expect(ExtendableDriver(withheldFeatures: []).features == .extend)
        #expect(ExtendableDriver(withheldFeatures: .extend).features == [])
    }

    @Test func `an unsupported feature is an error that names the supported ones`() {
        let error = #expect(throws: DriverError.self) { try PlainDriver().cloning }
        #expect(error?.code == .unsupported)
        #expect(error?.mayRetryElsewhere == true)
        #expect(throws: DriverError.self) { try ExtendableDriver(withheldFeatures: .extend).extending }
        #expect(throws: Never.self) { try ExtendableDriver(withheldFeatures: []).extending }
    }

    @Test func `names on a backend are those of ids, and nothing else is one`() throws {
        let id = try #require(VolumeID("6F1C0A8E-5A0B-4C6E-9A57-0D6C1B7F2E44"))
        #expect(id.backendName == "volume-6f1c0a8e-5a0b-4c6e-9a57-0d6c1b7f2e44")
        #expect(VolumeID(backendName: id.backendName) == id)
        for name in [
            "volume-6F1C0A8E-5A0B-4C6E-9A57-0D6C1B7F2E44", "volume-", "snapshot-\(id)", "\(id)", "volume-\(id)x",
        ] {
            #expect(VolumeID(backendName: name) == nil)
        }
        #expect(SnapshotID(backendName: "snapshot-\(id)")?.backendName == "snapshot-\(id)")
    }

    @Test func `features are encoded by name, and unknown ones are ignored`() {
        let features: DriverFeatures = [.extend, .manage]
        #expect(features.names == ["extend", "manage"])
        #expect(DriverFeatures(named: "manage") == .manage)
        #expect(DriverFeatures(named: "levitate") == nil)
        #expect(DriverFeatures.all.names.count == 12)
    }

    @Test func `an error says where and whether to try again`() {
        #expect(DriverError(.busy, "").mayRetry && !DriverError(.busy, "").mayRetryElsewhere)
        #expect(
            !DriverError(.retryableElsewhere, "").mayRetry && DriverError(.retryableElsewhere, "").mayRetryElsewhere
        )
        #expect(!DriverError(.refused, "").mayRetry && !DriverError(.refused, "").mayRetryElsewhere)
        #expect(!DriverError(.busy, "", mayRetry: false).mayRetry)
    }

    @Test func `a call that honours its cancellation ends at its time limit`() async {
        let error = await #expect(throws: DriverError.self) {
            try await withTimeLimit(.milliseconds(20), "wait") { () throws(DriverError) in
                try? await Task.sleep(for: .seconds(60))
                try DriverError.checkCancellation(of: "wait", leftBehind: "half")
            }
        }
        #expect(error?.code == .timedOut)
        #expect(error?.leftBehind == "half")
    }

    @Test func `a call that ends in time is unaffected, and one that succeeds late has succeeded`() async throws {
        let value = try await withTimeLimit(.seconds(3600), "count") { () throws(DriverError) in 1 }
        #expect(value == 1)
        let late = try await withTimeLimit(.milliseconds(1), "count") { () throws(DriverError) in
            try? await Task.sleep(for: .milliseconds(50))
            return 2
        }
        #expect(late == 2)
        let error = await #expect(throws: DriverError.self) {
            try await withTimeLimit(.seconds(3600), "count") { () throws(DriverError) in
                throw DriverError(.refused, "no")
            }
        }
        #expect(error?.code == .refused)
    }

    @Test func `a cancelled caller gets 'cancelled', not 'timed-out'`() async {
        let task = Task {
            try await withTimeLimit(.seconds(3600), "wait") { () throws(DriverError) in
                try? await Task.sleep(for: .seconds(60))
                try DriverError.checkCancellation(of: "wait")
            }
        }
        task.cancel()
        let error = await #expect(throws: DriverError.self) { try await task.value }
        #expect(error?.code == .cancelled)
    }
}

private struct PlainDriver: VolumeDriver {
    static let kind = "plain"
    var capabilities: DriverCapabilities { DriverCapabilities(isThin: true, granule: .zero) }
    func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError) {}
    func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {}
    func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence { .absent }
    func list() async throws(DriverError) -> [BackendVolume] { [] }
    func capacity() async throws(DriverError) -> PoolCapacity { PoolCapacity(total: .zero, free: .zero) }
    func location(of volume: VolumeID) -> String { "" }
}

private struct ExtendableDriver: ExtendingDriver {
    static let kind = "extendable"
    let withheldFeatures: DriverFeatures
    var capabilities: DriverCapabilities { DriverCapabilities(isThin: true, granule: .zero) }
    func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError) {}
    func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {}
    func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence { .absent }
    func list() async throws(DriverError) -> [BackendVolume] { [] }
    func capacity() async throws(DriverError) -> PoolCapacity { PoolCapacity(total: .zero, free: .zero) }
    func location(of volume: VolumeID) -> String { "" }
    func extend(_ volume: VolumeID, to size: ByteCount, operation: OperationID) async throws(DriverError) {}
}
