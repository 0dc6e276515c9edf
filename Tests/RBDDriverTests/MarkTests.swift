import Identity
import TestKit
import Testing
import VolumeDriver

@testable import RBDDriver

/// The marks of pools.
@Suite(.scratchDirectory)
struct MarkTests {
    let pool = Pool()
    let id = PoolID.random()

    private func answer(mark: PoolID?) {
        let lockers = mark.map { #"{"name": "client.4123", "cookie": "\#($0)", "description": ""}"# } ?? ""
        pool.recorder.answer("rados --pool volumes lock info", #"{"name": "pool", "lockers": [\#(lockers)]}"#)
    }

    @Test func `a pool is marked by one operation of the cluster, and the mark is read afterwards`() async throws {
        pool.recorder.answer("rados --pool volumes lock info", status: 1)
        pool.recorder.answer("rbd ls", "[]")
        pool.recorder.answer("rados --pool volumes stat", status: 1)
        answer(mark: id)
        #expect(try await pool.driver.markPool(as: id) == id)
        #expect(
            pool.recorder.calls == [
                "rados --pool volumes lock info volumectl_pool pool", "rbd ls --format json volumes",
                "rados --pool volumes stat volumectl_pool",
                "rados --pool volumes lock get volumectl_pool pool --lock-type exclusive --lock-cookie \(id)",
                "rados --pool volumes lock info volumectl_pool pool",
            ]
        )
    }

    @Test func `the second of two concurrent calls that mark a pool gets the mark of the first`() async throws {
        answer(mark: nil)
        pool.recorder.answer("rados --pool volumes lock get", status: 1)
        answer(mark: id)
        #expect(try await pool.driver.markPool(as: .random()) == id)
    }

    @Test(arguments: [true, false])
    func `a mark that appears during the look at the pool is seen`(isAnswered: Bool) async throws {
        pool.recorder.answer("rados --pool volumes lock info", status: 1)
        pool.recorder.answer("rbd ls", "[]")
        if isAnswered {
            answer(mark: id)
            #expect(try await pool.driver.poolID() == id)
        } else {
            pool.recorder.answer("rados --pool volumes lock info", status: 1)
            let error = await #expect(throws: DriverError.self) { try await pool.driver.poolID() }
            #expect(error?.code == .broken)
        }
    }

    @Test(arguments: [true, false])
    func `nothing is changed in a pool with another mark or none`(isMarked: Bool) async throws {
        let driver = try pool.driver.bound(to: id)
        let calls: [() async throws -> Void] = [
            { try await driver.create(pool.volume, size: pool.gibibyte, operation: .random()) },
            { try await driver.delete(pool.volume, operation: .random()) },
            { _ = try await driver.inspect(pool.volume) }, { _ = try await driver.list() },
            { _ = try await driver.capacity() }, { try await driver.unexport(pool.volume, operation: .random()) },
        ]
        for call in calls {
            answer(mark: isMarked ? .random() : nil)
            let error = await #expect(throws: DriverError.self) { try await call() }
            #expect(error?.code == .foreignPool)
        }
        #expect(pool.recorder.calls.allSatisfy { $0.hasPrefix("rados --pool volumes lock info") })
    }

    @Test func `a create in a marked pool needs one more command`() async throws {
        answer(mark: id)
        try await pool.driver.bound(to: id).create(pool.volume, size: pool.gibibyte, operation: .random())
        #expect(pool.recorder.calls.count == 2)
    }
}
