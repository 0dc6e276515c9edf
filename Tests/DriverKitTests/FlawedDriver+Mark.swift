import Foundation
import Identity
import LoopbackDriver
import VolumeDriver

extension FlawedDriver: MarkingDriver {
    func poolID() async throws(DriverError) -> PoolID? { try await base.poolID() }

    func markPool(as id: PoolID) async throws(DriverError) -> PoolID {
        switch flaw {
        case .markIsRenewed: try? FileManager.default.removeItem(atPath: markPath)
        case .markIsOnesOwn where await memory.isAnotherRunning(): return id
        case .markIsListed: try await base.create(.random(), size: .mebibyte, operation: .random())
        default: break
        }
        return try await base.markPool(as: id)
    }

    func bound(to pool: PoolID) -> FlawedDriver {
        var bound = self
        bound.base = base.bound(to: has(.boundRefusesAll) ? .random() : pool)
        if has(.boundTakesUnmarked), !FileManager.default.fileExists(atPath: markPath) { bound.base = base }
        return bound
    }

    /// Throws in a pool other than the one to which this driver is bound.
    func checkPool() async throws(DriverError) { _ = try await base.list() }

    private var markPath: String {
        URL(filePath: base.location(of: .random())).deletingLastPathComponent().path + "/.volumectl-pool"
    }
}
