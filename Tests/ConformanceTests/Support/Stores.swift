import DirectoryStore
import Foundation
import SQLStore
import TaskFlow
import TestKit
import Testing

/// The kinds of store.
enum StoreKind: CaseIterable {
    case memory, directory
    /// The test's database, a file or on a server.
    case database

    /// Opens an empty store of this kind.
    func open() throws -> any LogBookStore {
        switch self {
        case .memory: MemoryStore()
        case .directory: try DirectoryStore(path: ScratchDirectory.path + "/flows")
        case .database: try SQLStore(TestDatabase.open())
        }
    }
}
