import DriverKit
import Identity
import LoopbackDriver
import Synchronization
import TestKit
import Testing
import VolumeDriver

@Suite(.scratchDirectory)
struct FaultDriverTests {
    private let volume = VolumeID.random()

    private var pool: LoopbackDriver { LoopbackDriver(directory: ScratchDirectory.path + "/pool") }

    private func create(through driver: FaultDriver) async throws {
        try await driver.create(volume, size: .mebibyte, operation: .random())
    }

    @Test func `without a fault it is the driver that it wraps`() async throws {
        let driver = FaultDriver(pool) { _ in nil }
        try await create(through: driver)
        #expect(try await driver.inspect(volume) == .complete(.mebibyte))
        #expect(driver.features == pool.features)
        #expect(!driver.features.contains(.export))
        #expect(driver.location(of: volume) == pool.location(of: volume))
    }

    @Test func `an error can come without the effect, or after it`() async throws {
        for (fault, presence) in [
            (Fault.error(.broken), VolumePresence.absent), (.errorAfterEffect(.broken), .complete(.mebibyte)),
        ] {
            let driver = FaultDriver(pool) { $0 == .create ? fault : nil }
            let error = await #expect(throws: DriverError.self) { try await create(through: driver) }
            #expect(error?.code == .broken)
            #expect(try await driver.inspect(volume) == presence)
        }
    }

    @Test func `an effect can come after the error`() async throws {
        let driver = FaultDriver(pool) {
            $0 == .create ? .effectAfterError(.timedOut, delay: .milliseconds(20)) : nil
        }
        await #expect(throws: DriverError.self) { try await create(through: driver) }
        await driver.settle()
        #expect(try await driver.inspect(volume) == .complete(.mebibyte))
    }

    @Test func `a call can report success without an effect, or with half of it`() async throws {
        let lazy = FaultDriver(pool) { $0.isRead ? nil : .doneWithoutEffect }
        try await create(through: lazy)
        #expect(try await lazy.inspect(volume) == .absent)
        let greedy = FaultDriver(pool) { $0.isRead ? nil : .doneAtHalfSize }
        try await create(through: greedy)
        #expect(try await greedy.inspect(volume) == .complete(ByteCount(bytes: 1 << 19) ?? .zero))
        try await lazy.delete(volume, operation: .random())
        #expect(try await lazy.inspect(volume) != .absent)
    }

    @Test func `faults stay when the driver is bound to its pool`() async throws {
        let driver = FaultDriver(pool) { $0 == .create ? .error(.busy) : nil }
        let bound = driver.bound(to: try await driver.markPool(as: .random()))
        let error = await #expect(throws: DriverError.self) { try await create(through: bound) }
        #expect(error?.code == .busy)
        let other = driver.bound(to: .random())
        let foreign = await #expect(throws: DriverError.self) { try await other.inspect(volume) }
        #expect(foreign?.code == .foreignPool)
    }

    @Test func `the same seed gives the same faults, and another seed others`() {
        func faults(_ seed: UInt64) -> [Fault?] {
            let plan = SeededFaults(seed: seed, rate: 0.5).plan
            return (0..<200).map { _ in plan(.create) }
        }
        #expect(faults(1) == faults(1))
        #expect(faults(1) != faults(2))
        #expect((50...150).contains(faults(1).count { $0 != nil }))
    }

    @Test func `a read-only call has no late or partial effect`() {
        let plan = SeededFaults(seed: 3, rate: 1).plan
        for _ in 0..<100 {
            switch plan(.inspect) {
            case .delay, .error: break
            default: Issue.record("a read has an effect")
            }
        }
    }
}
