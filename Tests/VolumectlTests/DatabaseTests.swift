import Foundation
import TestKit
import Testing

/// The database as people handle it: copied, backed up, and read by users who can't write it.
@Suite(.scratchDirectory)
struct DatabaseTests {
    static let nobody: UInt32 = 65534

    func run(_ arguments: String..., with variables: [String: String] = [:], as user: UInt32? = nil) async throws -> Run
    {
        try await Command(arguments: arguments, variables: variables, user: user).run()
    }

    /// Lets others read the state directory, but not write it.
    func publish() throws {
        let files = FileManager.default
        try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: Scratch.state)
        for name in try files.contentsOfDirectory(atPath: Scratch.state) where name.hasPrefix("volumectl.db") {
            try files.setAttributes([.posixPermissions: 0o644], ofItemAtPath: Scratch.state + "/" + name)
        }
    }

    @Test(.onFiles) func `a copy of the one file holds every volume`() async throws {
        for name in ["a", "b"] { expect(0, from: try await run("create", name, "1M")) }
        let copy = ScratchDirectory.path + "/copy.db"
        try FileManager.default.copyItem(atPath: Scratch.database, toPath: copy)
        #expect(try await run("ls", with: ["VOLUMECTL_DB": copy]).lines.count == 3)
    }

    @Test(.onFiles) func `a backup holds every volume, and replaces no file`() async throws {
        expect(0, from: try await run("create", "a", "1M"))
        let backup = ScratchDirectory.path + "/backup.db"
        expect(0, from: try await run("backup", backup))
        #expect(try Scratch.mode(of: backup) == 0o600)
        #expect(try await run("ls", with: ["VOLUMECTL_DB": backup]).lines.count == 2)
        expect(4, from: try await run("backup", backup))
        expect(4, from: try await run("backup", Scratch.database))
        expect(10, from: try await run("backup", ScratchDirectory.path + "/none/backup.db"))
    }

    @Test(.onFiles, .enabled(if: Machine.isRoot, "only root can become another user"), arguments: [false, true])
    func `with read-only access to the database volumes can be listed, and changes are refused`(isAlone: Bool)
        async throws
    {
        expect(0, from: try await run("create", "a", "1M"))
        if isAlone {
            for suffix in ["-wal", "-shm", ".owners", ".reserve"] {
                try FileManager.default.removeItem(atPath: Scratch.database + suffix)
            }
        }
        try publish()
        for words in [["ls"], ["quota", "show"], ["flow", "ls"], ["pool", "ls"]] {
            expect(0, from: try await Command(arguments: words, user: Self.nobody).run())
        }
        #expect(try await run("ls", as: Self.nobody).lines.count == 2)
        expect(11, from: try await run("create", "b", "1M", as: Self.nobody))
        expect(11, from: try await run("rm", "a", "-y", as: Self.nobody))
        expect(0, from: try await run("rm", "a", "-y"))
    }

    @Test(.onFiles, .enabled(if: Machine.isRoot, "only root can become another user"))
    func `without a database, and without the permission to create one, there are no volumes`() async throws {
        let run = try await run("ls", as: Self.nobody)
        expect(0, from: run)
        #expect(run.lines.count <= 1)
    }

    @Test(.onFiles, arguments: ["0777", "0377", "0000", "0027"])
    func `the umask of the process has no effect`(mask: String) async throws {
        let words = ["bash", "-c", "umask \(mask); exec \"$@\"", "-"]
        for arguments in [["create", "a", "1M"], ["ls"], ["rm", "a", "-y"]] {
            expect(0, from: try await Command(arguments: arguments, wrapper: words).run())
        }
        for suffix in ["", "-wal", "-shm", ".owners", ".reserve"] {
            #expect(try Scratch.mode(of: Scratch.database + suffix) == 0o600, "\(suffix)")
        }
    }

    @Test(arguments: 4...24)
    func `with few descriptors a command works or reports why it can't`(count: Int) async throws {
        let words = ["bash", "-c", "ulimit -n \(count); exec \"$@\"", "-"]
        let run = try await Command(arguments: ["create", "a", "1M"], wrapper: words).run()
        #expect(run.status != nil, "\(run)")
        #expect(run.status == 0 || !run.errors.isEmpty, "\(run)")
    }

    @Test(.enabled(if: Machine.canLimitFiles, "needs prlimit"))
    func `without the threads that it needs a command fails with an error`() async throws {
        var command = Command(arguments: ["create", "a", "1M"], wrapper: ["prlimit", "--nproc=1"])
        // Root is not limited. No other tests use this user.
        command.user = Machine.isRoot ? 54_322 : nil
        let run = try await command.run()
        expect(1, from: run)
        let error = try run.error
        #expect(error.headline == "this process can't have the 8 threads that it needs")
        #expect(error.cause?.hasPrefix("Resource temporarily unavailable") == true, "\(run)")
        #expect(!Scratch.exists(Scratch.state))
    }

    /// A separate mount namespace, in which the state directory is a file system of 8 MiB.
    static let onSmallFileSystem = """
        cd "$VOLUMECTL_STATE_DIRECTORY" && mount -t tmpfs -o size=8m,mode=700 none . && cd "$PWD" || exit 77
        for name in a b c; do "$@" create $name 1M -q >&2 || exit 78; done
        dd if=/dev/zero of=filler bs=4k status=none 2>/dev/null
        "$@" create d 1M >&2; echo $?
        for name in a b c; do "$@" rm $name -y >&2; echo $?; done
        rm filler; "$@" create d 1M >&2; echo $?
        """

    @Test(
        .onFiles,
        .enabled("file systems can't be mounted here") {
            await Machine.succeeds("unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt")
        }
    )
    func `on a full file system every volume can be removed, and none can be created`() async throws {
        try FileManager.default.createDirectory(atPath: Scratch.state, withIntermediateDirectories: true)
        let wrapper = ["unshare", "--mount", "bash", "-c", Self.onSmallFileSystem, "-"]
        let run = try await Command(arguments: [], wrapper: wrapper).run()
        #expect(run.lines == ["10", "0", "0", "0", "0"], "\(run)")
    }

    @Test(
        .onFiles,
        arguments: [
            ("VOLUMECTL_STATE_DIRECTORY", "", "the state directory '%' can't be created", "to a directory of your own"),
            (
                "VOLUMECTL_DB", "/a.db", "the directory '%' of the database can't be created",
                "to a file in a directory of your own"
            ),
        ]
    )
    func `a directory that can't be made is told with the variable that takes another`(
        variable: String,
        name: String,
        headline: String,
        advice: String
    ) async throws {
        let directory = "/proc/none"
        let error = try await run("ls", with: [variable: directory + name]).error
        #expect(error.headline == headline.replacing("%", with: directory))
        #expect(error.remedies.first?.hasPrefix("set \(variable) \(advice)") == true)
    }
}
