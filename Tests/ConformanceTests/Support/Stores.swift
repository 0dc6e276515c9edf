import DirectoryStore
import Foundation
import SQLStore
import SQLite
import TaskFlow
import TestKit
import Testing

/// The kinds of store.
enum StoreKind: CaseIterable {
    case memory, directory, sqlite

    /// Opens an empty store of this kind.
    func open() throws -> any LogBookStore {
        switch self {
        case .memory: MemoryStore()
        case .directory: try DirectoryStore(path: ScratchDirectory.path + "/flows")
        case .sqlite: try SQLStore(SQLiteDatabase(path: ScratchDirectory.path + "/flows.db"))
        }
    }
}
