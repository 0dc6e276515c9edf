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
