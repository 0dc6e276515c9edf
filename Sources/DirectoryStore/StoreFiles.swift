internal import FoundationEssentials
internal import Identity
internal import Ownership
internal import TaskFlow

/// The files of a store, and how several of them change as one.
///
/// ```
/// store.json       that this is a store, and in which format
/// owners           a byte for each process that writes, locked while it lives
/// flows/ID.json    a run
/// logbooks/ID.json a logbook
/// commit.json      changes of several files that have been decided; there only while they are made
/// ```
///
/// A file is replaced by a whole new one under its name. Where several change, what they are to become is first made
/// durable in `commit.json`; who finds that file does what it says before anything else. To be used by one process at a
/// time, which ``exclusively(_:)`` sees to.
final class StoreFiles: Sendable {
    /// Where files of a kind are.
    enum Kind: String, Codable, CaseIterable {
        case flows
        case logbooks
    }

    /// What a file is to become.
    struct Change: Codable {
        let kind: Kind
        let id: String
        /// The file's text; `nil` if it is to go.
        let content: String?
    }

    private struct Format: Codable {
        var store = "TaskFlow"
        var format = 1
    }

    private struct Commit: Codable {
        let changes: [Change]
    }

    let locks: OwnerLocks
    private let root: Folder
    private let folders: [Kind: Folder]

    /// Opens the store in the directory at `path`, made if it isn't there.
    init(path: String, observer: DiskObserver?) throws {
        let root = try Folder(path, observer: observer)
        try Self.refuseForeign(root)
        let owners = root.path(of: "owners")
        folders = try OwnerLocks(paths: [owners])
            .exclusively {
                let folders = try Dictionary(
                    uniqueKeysWithValues: Kind.allCases.map { kind in
                        (kind, try Folder(root.path(of: kind.rawValue), observer: observer))
                    }
                )
                for folder in [root] + folders.values { try folder.removeUnfinished() }
                if try root.read(Self.formatName) == nil {
                    try root.put(Self.formatName, Array(Self.encode(Format())))
                    try root.synchronize()
                }
                return folders
            }
        // In both, so that a living owner is still seen as such when the one beside the store's mark is removed.
        locks = try OwnerLocks(paths: [owners, root.path(of: Self.formatName)])
        self.root = root
        try exclusively {}
    }

    private static let (formatName, commitName) = ("store.json", "commit.json")

    /// A directory without a store is only made one if nothing else is in it, but for what a process leaves that dies
    /// while it makes one.
    private static func refuseForeign(_ root: Folder) throws {
        if let bytes = try root.read(formatName) {
            let found: Format = try decode(bytes, root.path(of: formatName))
            guard found.store == Format().store else {
                throw DirectoryError(.foreign, root.path, "it is a store of '\(found.store)'")
            }
            guard found.format <= Format().format else {
                throw DirectoryError(
                    .fromTheFuture,
                    root.path,
                    "it has format \(found.format); this program knows \(Format().format)"
                )
            }
            return
        }
        let (own, names) = (Set(Kind.allCases.map(\.rawValue) + ["owners"]), try root.names())
        // Another process may have made the store at this moment.
        guard !names.contains(formatName),
            let foreign = names.filter({ !own.contains($0) && !Folder.isUnfinished($0) }).min()
        else { return }
        throw DirectoryError(.foreign, root.path, "it holds no store, but '\(foreign)': name an empty directory")
    }

    /// Runs `body` while no other process runs one, on files on which no change is half made.
    func exclusively<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try locks.exclusively {
                try locks.verifyPlace()
                try finish()
                return try body()
            }
        } catch let error as OwnerLockError {
            throw DirectoryError(error)
        }
    }

    // MARK: - Reading

    /// The ids of all files of a kind. Whatever else is beside them is none of ours.
    func ids<Subject>(_ kind: Kind, of type: Identifier<Subject>.Type) throws -> [Identifier<Subject>] {
        try folder(kind).names()
            .compactMap { name in
                guard name.hasSuffix(".json"), let id = Identifier<Subject>(String(name.dropLast(5))) else {
                    return nil
                }
                return Self.name("\(id)") == name ? id : nil
            }
    }

    /// A file's content; `nil` if there is no such file.
    func read<Value: Decodable>(_ kind: Kind, _ id: String, as type: Value.Type = Value.self) throws -> Value? {
        let (folder, name) = (folder(kind), Self.name(id))
        return try folder.read(name).map { try Self.decode($0, folder.path(of: name)) }
    }

    /// Tells of a file that it is not what its name says.
    func mistaken(_ kind: Kind, _ id: String) -> DirectoryError {
        DirectoryError(.damaged, folder(kind).path(of: Self.name(id)), "what is in it has another id")
    }

    /// Tells of a run that its number of claims is none.
    func miscounted(_ id: String) -> DirectoryError {
        DirectoryError(.damaged, folder(.flows).path(of: Self.name(id)), "its epoch counts no claims")
    }

    // MARK: - Changing

    /// Makes all changes or none.
    func commit(_ changes: [Change]) throws {
        guard changes.count > 1 else {
            for change in changes { try make([change]) }
            return
        }
        try root.put(Self.commitName, Array(Self.encode(Commit(changes: changes))))
        do {
            try root.synchronize()
        } catch {
            try root.remove(Self.commitName)
            throw error
        }
        // Decided. Where this fails, the next transaction does it first, or fails, too.
        try? finish()
    }

    /// Does what has been decided, if a process has died before it was done, or is doing so.
    private func finish() throws {
        guard let bytes = try root.read(Self.commitName) else { return }
        let path = root.path(of: Self.commitName)
        let commit: Commit = try Self.decode(bytes, path)
        for change in commit.changes where FlowID(change.id)?.description != change.id {
            throw DirectoryError(.damaged, path, "'\(change.id)' is not the name of a file")
        }
        try make(commit.changes)
        try root.remove(Self.commitName)
        // Else it could come back after a power cut, and undo what is written from now on.
        try root.synchronize()
    }

    private func make(_ changes: [Change]) throws(DirectoryError) {
        for change in changes {
            if let content = change.content {
                try folder(change.kind).put(Self.name(change.id), Array(content.utf8))
            } else {
                try folder(change.kind).remove(Self.name(change.id))
            }
        }
        for kind in Kind.allCases where changes.contains(where: { $0.kind == kind }) { try folder(kind).synchronize() }
    }

    // MARK: - Forms

    private func folder(_ kind: Kind) -> Folder { folders[kind] ?? root }

    private static func name(_ id: String) -> String { id + ".json" }

    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .secondsSince1970
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    private static func decode<Value: Decodable>(_ bytes: [UInt8], _ path: String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        do {
            return try decoder.decode(Value.self, from: Data(bytes))
        } catch {
            throw DirectoryError(.damaged, path, "it is cut short or changed: \(error)")
        }
    }
}
