internal import FoundationEssentials
internal import Identity
internal import Ownership
internal import TaskFlow

/// The files of a store, and atomic changes of several files.
///
/// ```
/// store.json       marks the directory as a store, and holds its format
/// owners           a byte for each process that writes, locked while it lives
/// flows/ID.json    a run
/// logbooks/ID.json a logbook
/// commit.json      committed changes of several files; exists only until they are applied
/// ```
///
/// A file is changed by replacing it. If several files change, the changes are first made durable in `commit.json`; a
/// process that finds this file applies them before anything else. Only one process at a time may use the files;
/// ``exclusively(_:)`` takes care of that.
final class StoreFiles: Sendable {
    /// The kinds of files, each in a directory of its own.
    enum Kind: String, Codable, CaseIterable {
        case flows
        case logbooks
    }

    /// The change of a file.
    struct Change: Codable {
        let kind: Kind
        let id: String
        /// The file's new content; `nil` to remove the file.
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

    /// Opens the store in the directory at `path`, or creates it.
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
        // Owners lock both files, so that a living owner is still noticed if `owners` is removed.
        locks = try OwnerLocks(paths: [owners, root.path(of: Self.formatName)])
        self.root = root
        try exclusively {}
    }

    private static let (formatName, commitName) = ("store.json", "commit.json")

    /// Refuses a directory without a store that isn't empty, except for files of a process that died while it created
    /// the store.
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
        // Another process may have created the store in the meantime.
        guard !names.contains(formatName),
            let foreign = names.filter({ !own.contains($0) && !Folder.isUnfinished($0) }).min()
        else { return }
        throw DirectoryError(.foreign, root.path, "it holds '\(foreign)' and no store: name an empty directory")
    }

    /// Runs `body` while no other process does, after completing any interrupted change.
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

    /// The ids of all files of a kind. Files with other names are ignored.
    func ids<Subject>(_ kind: Kind, of type: Identifier<Subject>.Type) throws -> [Identifier<Subject>] {
        try folder(kind).names()
            .compactMap { name in
                guard name.hasSuffix(".json"), let id = Identifier<Subject>(String(name.dropLast(5))) else {
                    return nil
                }
                return Self.name("\(id)") == name ? id : nil
            }
    }

    /// Reads a file; `nil` if there is no such file.
    func read<Value: Decodable>(_ kind: Kind, _ id: String, as type: Value.Type = Value.self) throws -> Value? {
        let (folder, name) = (folder(kind), Self.name(id))
        return try folder.read(name).map { try Self.decode($0, folder.path(of: name)) }
    }

    /// The error about a file whose content doesn't belong to its name.
    func mistaken(_ kind: Kind, _ id: String) -> DirectoryError {
        DirectoryError(.damaged, folder(kind).path(of: Self.name(id)), "its content has another id")
    }

    /// The error about a run whose epoch is invalid.
    func miscounted(_ id: String) -> DirectoryError {
        DirectoryError(.damaged, folder(.flows).path(of: Self.name(id)), "its epoch is not a valid number of claims")
    }

    // MARK: - Changing

    /// Makes all changes, or none.
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
        // Committed. If this fails, the next transaction completes it first, or fails, too.
        try? finish()
    }

    /// Applies the committed changes, if there are any, of this process or of one that has died.
    private func finish() throws {
        guard let bytes = try root.read(Self.commitName) else { return }
        let path = root.path(of: Self.commitName)
        let commit: Commit = try Self.decode(bytes, path)
        for change in commit.changes where FlowID(change.id)?.description != change.id {
            throw DirectoryError(.damaged, path, "'\(change.id)' is not the name of a file")
        }
        try make(commit.changes)
        try root.remove(Self.commitName)
        // Otherwise the file could reappear after a power cut, and undo later changes.
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
            throw DirectoryError(.damaged, path, "it is truncated or damaged: \(error)")
        }
    }
}
