internal import FoundationEssentials
internal import Glibc
internal import Ownership
internal import SQL

/// The locks of the processes on this host, by which they know of each other at once whether they are alive, and which
/// programs the dead have left running.
struct HostLocks: Sendable {
    let locks: OwnerLocks
    /// The file of the locks: the boot of the kernel, the device and the inode. It is the same for two processes only if
    /// they lock the same file under the same kernel, whatever the names of their hosts are: a copied machine, a container
    /// or a shared directory can't be taken for this host.
    let place: String?

    /// - Parameter path: the file, which is created if it is missing.
    init(path: String) throws(SQLError) {
        let locks: OwnerLocks
        do throws(OwnerLockError) {
            locks = try OwnerLocks(paths: [path])
        } catch {
            throw SQLError(
                error.isPermission ? .notPermitted : error.isFull ? .full : .cannotOpen,
                error.description,
                advice: "let this user write the file and its directory"
            )
        }
        let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        place = boot.flatMap { boot in
            locks.identity.map { "\(boot.prefix { !$0.isWhitespace })/\($0)" }
        }
        self.locks = locks
    }

    /// Programs that a dead process of this host has left running.
    struct Programs: LeftPrograms {
        fileprivate let locks: ProgramLocks

        var description: String { locks.description }

        func waitForEnd() async throws -> Bool { try await locks.waitForEnd() }
    }

    /// The programs that a process has left running; `nil` if it is alive or on another host, and if there are none.
    func programs(leftBy owner: Int64) -> Programs? { locks.programs(leftBy: owner).map(Programs.init) }

    /// The host's name.
    static var host: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "an unknown host" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
