import DirectoryStore
import Foundation
import SQLStore
import SQLite
import TaskFlow
import TestKit
import Testing

/// The stores that there are.
enum StoreKind: CaseIterable {
    case memory, directory, sqlite

    /// A store of the kind that nothing is in.
    func open() throws -> any LogBookStore {
        switch self {
        case .memory: MemoryStore()
        case .directory: try DirectoryStore(path: ScratchDirectory.path + "/flows")
        case .sqlite: try SQLStore(SQLiteDatabase(path: ScratchDirectory.path + "/flows.db"))
        }
    }
}

extension FlowStore {
    func insert(_ flow: FlowDetail) async throws {
        try await transact { try $0.insert(flow) }
    }

    /// Does all that `claim` allows, and then throws `error`.
    func write(
        _ entries: [JournalEntry],
        after count: Int = 0,
        _ state: FlowState? = nil,
        with claim: Claim,
        throwing error: (any Error)? = nil
    ) async throws {
        try await transact { transaction in
            try transaction.hold(claim)
            try transaction.append(entries, after: count, to: claim.flow)
            if let state { try transaction.record(state, of: claim.flow) }
            if let error { throw error }
        }
    }

    /// Appends `kept` in one transaction with an attempt that appends `lost` and throws.
    func write(_ kept: JournalEntry, afterAttemptAt lost: JournalEntry, with claim: Claim) async throws {
        try await transact { transaction in
            do {
                try transaction.attempt {
                    try transaction.append([lost], after: 0, to: claim.flow)
                    try transaction.attempt { try transaction.record(.failure, of: claim.flow) }
                    throw RuntimeError()
                }
            } catch is RuntimeError {}
            try transaction.attempt { try transaction.append([kept], after: 0, to: claim.flow) }
        }
    }
}
