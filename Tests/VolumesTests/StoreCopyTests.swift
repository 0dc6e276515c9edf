import Foundation
import Identity
import LoopbackDriver
import SQL
import SQLStore
import SQLite
import Synchronization
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver

@testable import Volumes

/// The copy of all that a database holds to another one.
@Suite(.scratchDirectory)
struct StoreCopyTests {
    private let scene: Scene
    private var path: String { ScratchDirectory.path + "/copy.db" }

    /// Makes a database that holds a row of most kinds, among them a flow that has failed.
    init() async throws {
        scene = try Scene()
        try await scene.create("data", mebibytes: 1)
        try await scene.create(nil, mebibytes: 2)
        try await scene.snapshot("kept")
        _ = try await scene.service.createType("ssd", VolumeTypeChange())
        scene.fail(.create, .before, with: .broken)
        await #expect(throws: VolumeError.self) { try await scene.create("broken") }
        var request = VolumeRequest(size: .exactly(try #require(ByteCount(bytes: 1 << 20))))
        request.idempotencyKey = try IdempotencyKey(validating: "order-17")
        _ = try await scene.service.create(request)
    }

    @discardableResult
    private func copied(_ source: any SQLDatabase, to target: any SQLDatabase) async throws -> [String: Int] {
        try await StoreCopy(from: StoreCopy.Side("original", source), to: StoreCopy.Side("copy", target)).run().rows
    }

    /// Copies the scene's database to a new one at `path`.
    @discardableResult
    private func copy(to target: (any SQLDatabase)? = nil) async throws -> StoreContent {
        let database = try target ?? TestDatabase.open(path)
        do {
            let content = try await StoreCopy(
                from: StoreCopy.Side("original", scene.database),
                to: StoreCopy.Side("copy", database)
            )
            .run()
            await database.close()
            return content
        } catch {
            await database.close()
            throw error
        }
    }

    /// All rows of all tables of a database.
    private static func rows(at path: String) async throws -> [String: [[SQLValue]]] {
        let database = try TestDatabase.open(path)
        let rows = try await rows(of: database)
        await database.close()
        return rows
    }

    private static func rows(of database: any SQLDatabase) async throws -> [String: [[SQLValue]]] {
        try await database.read { connection in
            try StoreCopy.copied(connection.tables())
                .reduce(into: [:]) { rows, table in
                    // The columns of both kinds of databases have the same names, and perhaps not the same order.
                    let sorted = SQLTable(
                        name: table.name,
                        columns: table.columns.sorted(),
                        key: table.key,
                        identity: nil,
                        references: []
                    )
                    rows[table.name] = try CopiedTable(sorted).rows(after: nil, limit: .max, in: connection)
                }
        }
    }

    private func expectWholeCopy(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let (copy, original) = (try await Self.rows(at: path), try await Self.rows(of: scene.database))
        #expect(copy == original, sourceLocation: sourceLocation)
    }

    /// Expects that nothing but a copy can use the target.
    private func expectUnusable(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let database = try TestDatabase.open(path)
        let error = #expect(throws: VolumeError.self, sourceLocation: sourceLocation) {
            try VolumeService(database: database, pools: [])
        }
        await database.close()
        #expect(error?.code == .storeUnavailable, sourceLocation: sourceLocation)
        #expect(error?.cause?.contains("has not been completed") == true, sourceLocation: sourceLocation)
    }

    private func service(on path: String) throws -> VolumeService {
        try VolumeService(
            database: TestDatabase.open(path),
            pools: [Pool(name: "default", driver: scene.backend)],
            scope: Scope(user: "operator")
        )
    }

    @Test func `a copy has every row of every table, and goes on where the original was`() async throws {
        let content = try await copy()
        #expect(content.count > 20 && content.rows["volume"] == 3 && content.rows["snapshot"] == 1)
        try await expectWholeCopy()
        let service = try service(on: path)
        let last = try #require(try await service.flows(limit: 1).first)
        let volume = try await service.create(
            VolumeRequest(
                name: try VolumeName(validating: "next"),
                size: .exactly(try #require(ByteCount(bytes: 4096)))
            )
        )
        #expect(volume.isNew)
        #expect(try await service.flows(limit: 2).map(\.id).last == last.id)
        #expect(try await service.find("data").status == .available)
        try await service.deleteSnapshot("data@kept")
        try await service.delete("data")
    }

    @Test(.enabled(if: TestDatabase.server != nil, TestDatabase.skipReason))
    func `rows are the same on a server, in a file and on another server, which goes on numbering them`() async throws {
        let file = try SQLiteDatabase(path: ScratchDirectory.path + "/file.db")
        let own = try await copied(scene.database, to: file)
        #expect(try await Self.rows(of: file) == Self.rows(of: scene.database))
        let server = try TestDatabase.open(path)
        let moved = try await copied(file, to: server)
        #expect(own == moved)
        await server.close()
        let service = try service(on: path)
        let size = try #require(ByteCount(bytes: 4096))
        _ = try await service.create(VolumeRequest(size: .exactly(size)))
        let last = try #require(try await service.flows(limit: 1).first)
        #expect(last.state == .success)
        await service.close()
    }

    @Test func `a copy that is cut off before any commit can't be used, and begins anew`() async throws {
        var (writes, isComplete) = (0, false)
        while !isComplete, writes < 50 {
            let target = MisledDatabase(try TestDatabase.open(path), writes: writes)
            do {
                try await copy(to: target)
                isComplete = true
            } catch {
                #expect(error is VolumeError)
                // Before the first commit there is nothing.
                if writes > 0 {
                    try await expectUnusable()
                }
            }
            writes += 1
        }
        #expect(isComplete && writes > 10)
        try await expectWholeCopy()
    }

    @Test(arguments: [false, true])
    func `a value that is not copied as it is is found, and the copy can't be used`(isMissing: Bool) async throws {
        let target = MisledDatabase(try TestDatabase.open(path)) { statement, arguments in
            guard statement.hasPrefix("INSERT INTO \"snapshot\"") else { return arguments }
            return isMissing ? nil : arguments.map { $0.sqlValue == .text("kept") ? SQLValue.text("lost") : $0 }
        }
        let error = await #expect(throws: VolumeError.self) { try await copy(to: target) }
        #expect(error?.code == .storeUnavailable && error?.message.contains("table 'snapshot' differs in row") == true)
        #expect(error?.aftermath.contains("'original' is as it was") == true)
        try await expectUnusable()
    }

    @Test func `a database that is changed meanwhile is not taken for copied`() async throws {
        let source = OvertakenDatabase(scene.database, afterFirst: .read) { [scene] in try await scene.create("late") }
        let target = try TestDatabase.open(path)
        let copy = StoreCopy(from: StoreCopy.Side("original", source), to: StoreCopy.Side("copy", target))
        let error = await #expect(throws: VolumeError.self) { try await copy.run() }
        #expect(error?.code == .conflict && error?.message.contains("changed meanwhile") == true)
        try await expectUnusable()
    }

    @Test func `databases in use, and flows that are not at rest, are refused before anything is made`() async throws {
        let other = try TestDatabase.open()
        try await other.write(until: nil) { connection in
            _ = try connection.execute("UPDATE volume SET size = size WHERE id = ?", "none")
        }
        var error = await #expect(throws: VolumeError.self) { try await copy() }
        #expect(error?.code == .conflict && error?.message.contains("another process uses 'original'") == true)
        await other.close()
        try await scene.database.write(until: nil) { connection in
            _ = try connection.execute("UPDATE flow SET state = 'RUNNING' WHERE number = 1")
        }
        error = await #expect(throws: VolumeError.self) { try await copy() }
        #expect(error?.code == .conflict && error?.message.contains("a flow must finish") == true)
        #expect(try await Self.rows(at: path).isEmpty)
    }

    @Test func `a database that holds anything is no target`() async throws {
        let service = try service(on: path)
        _ = try await service.setQuota(QuotaChange(volumes: .amount(5)))
        await service.close()
        let before = try await Self.rows(at: path)
        let error = await #expect(throws: VolumeError.self) { try await copy() }
        #expect(error?.code == .conflict && error?.message.contains("it holds something already") == true)
        #expect(try await Self.rows(at: path) == before)
    }

    @Test func `a table that the program has not made is neither copied nor forgotten`() async throws {
        try await scene.database.write(until: nil) { connection in
            try connection.executeScript("CREATE TABLE notes (number INTEGER PRIMARY KEY)")
        }
        let error = await #expect(throws: VolumeError.self) { try await copy() }
        #expect(error?.code == .conflict && error?.message.contains("table 'notes' of 'original'") == true)
    }
}

/// A database to which not everything is written as it was meant.
private final class MisledDatabase: ForwardingDatabase {
    let base: any SQLDatabase
    private let rest: Mutex<Int>
    private let alter: @Sendable (String, [any SQLConvertible]) -> [any SQLConvertible]?

    /// - Parameters:
    ///   - writes: the number of transactions that are made before all others fail.
    ///   - alter: returns the arguments to use instead of a statement's own; `nil` to leave the statement out.
    init(
        _ base: any SQLDatabase,
        writes: Int = .max,
        alter: @escaping @Sendable (String, [any SQLConvertible]) -> [any SQLConvertible]? = { $1 }
    ) {
        self.base = base
        rest = Mutex(writes)
        self.alter = alter
    }

    func write<Result: Sendable>(
        under keys: [SQLKey]?,
        until deadline: ContinuousClock.Instant?,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws -> Result {
        let isCutOff = rest.withLock { rest in
            rest -= 1
            return rest < 0
        }
        if isCutOff { throw SQLError(.inputOutput, "a test wants it") }
        return try await base.write(under: keys, until: deadline) { [alter] in try body(MisledConnection($0, alter)) }
    }
}

private final class MisledConnection: SQLConnection {
    private let base: any SQLConnection
    private let alter: (String, [any SQLConvertible]) -> [any SQLConvertible]?

    init(_ base: any SQLConnection, _ alter: @escaping (String, [any SQLConvertible]) -> [any SQLConvertible]?) {
        (self.base, self.alter) = (base, alter)
    }

    func execute(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> Int {
        guard let arguments = alter(statement, arguments) else { return 1 }
        return try base.execute(statement, arguments)
    }

    func query(_ statement: String, _ arguments: [any SQLConvertible]) throws(SQLError) -> [SQLRow] {
        try base.query(statement, arguments)
    }

    var heldKeys: HeldKeys {
        get { base.heldKeys }
        set { base.heldKeys = newValue }
    }

    func acquire(_ key: SQLKey) throws(SQLError) { try base.acquire(key) }

    func executeScript(_ script: String) throws(SQLError) { try base.executeScript(script) }

    func apply(_ step: Schema.Step) throws(SQLError) { try base.apply(step) }

    func time() throws(SQLError) -> Date { try base.time() }

    func hasTable(_ name: String) throws(SQLError) -> Bool { try base.hasTable(name) }

    func tables() throws(SQLError) -> [SQLTable] { try base.tables() }

    func continueNumbers(of table: SQLTable) throws(SQLError) { try base.continueNumbers(of: table) }
}
