import Foundation
import SQLStore
import SQLite
import TaskFlow

func durableFlow() throws -> Flow<Order> {
    try Flow("create-volume", taking: Order.self) {
        ReserveSpace()
        Announce()
    }
}

func createDurably() async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "tutorial-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let store = try SQLStore(SQLiteDatabase(path: directory.appending(path: "flows.db").path))

    let first = try Engine(durableFlow(), request: Order(size: 10), in: store)
    first.atomNotifier.register([.success]) { _ in first.suspend() }
    try await first.run()
    print("\(first.state.rawValue) after the first step")

    let second = try await Engine(resuming: first.id, with: durableFlow().recipe, in: store)
    try await second.run()
    print(second.state.rawValue)
}
