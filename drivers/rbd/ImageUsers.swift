internal import VolumeDriver

/// Who has an image open, and who holds its lock.
struct ImageUsers: Sendable {
    /// A client that hears of every change of the image: who has it open.
    struct Watcher: Decodable, Hashable, Sendable {
        let address: String
        let client: Int64
    }

    /// A lock; `rbd` takes one whose id begins with `auto` for who writes first.
    struct Lock: Decodable, Hashable, Sendable {
        let id: String
        let locker: String
        let address: String
    }

    private struct Status: Decodable {
        let watchers: [Watcher]
    }

    let image: String
    let watchers: [Watcher]
    let locks: [Lock]

    static func ask(_ tool: CephTool, _ image: String, _ action: String) async throws(DriverError) -> ImageUsers {
        let watchers = try await watchers(of: image, tool, action)
        let locks = try await tool.rbd(["lock", "ls", "--format", "json", image], action)
        return ImageUsers(
            image: image,
            watchers: watchers,
            locks: try locks.decoded([Lock].self, action)
        )
    }

    /// Who has the image open.
    static func watchers(of image: String, _ tool: CephTool, _ action: String) async throws(DriverError) -> [Watcher] {
        try await tool.rbd(["status", "--format", "json", image], action).decoded(Status.self, action).watchers
    }

    /// Locks of clients that do not watch any more: they have died, or can't reach the cluster.
    var staleLocks: [Lock] {
        let alive = Set(watchers.map(\.address))
        return locks.filter { !alive.contains($0.address) }
    }

    /// For people; `nil` when there is nobody any more.
    var description: String? {
        let words =
            watchers.map { "client.\($0.client) at \($0.address) has it open" }
            + staleLocks.map { "\($0.locker) at \($0.address), which does not answer, holds the lock '\($0.id)'" }
        return words.isEmpty ? nil : words.joined(separator: "; ")
    }

    var remedy: String {
        if let watcher = watchers.first {
            let shut = "`ceph osd blocklist add \(watcher.address)`"
            return "close it there; a client that died is forgotten after 30 s, or shut out at once by \(shut)"
        }
        if let lock = staleLocks.first {
            return "the next who writes breaks that lock; by hand: `rbd lock rm \(image) '\(lock.id)' \(lock.locker)`"
        }
        return "whoever it was has gone: try again"
    }
}
