internal import VolumeDriver

/// The clients that have an image open, and the holders of its locks.
struct ImageUsers: Sendable {
    /// A client that watches the image, because it has it open.
    struct Watcher: Decodable, Hashable, Sendable {
        let address: String
        let client: Int64
    }

    /// A lock. `rbd` gives a writer a lock whose id begins with `auto`.
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

    /// Returns the clients that have the image open.
    static func watchers(of image: String, _ tool: CephTool, _ action: String) async throws(DriverError) -> [Watcher] {
        try await tool.rbd(["status", "--format", "json", image], action).decoded(Status.self, action).watchers
    }

    /// The locks of clients that do not watch, because they died or can't reach the cluster.
    var staleLocks: [Lock] {
        let alive = Set(watchers.map(\.address))
        return locks.filter { !alive.contains($0.address) }
    }

    /// The users as text for people; `nil` if there are none.
    var description: String? {
        let words =
            watchers.map { "client.\($0.client) at \($0.address) has it open" }
            + staleLocks.map { "\($0.locker) at \($0.address), which does not answer, holds the lock '\($0.id)'" }
        return words.isEmpty ? nil : words.joined(separator: "; ")
    }

    var remedy: String {
        if let watcher = watchers.first {
            let shut = "`ceph osd blocklist add \(watcher.address)`"
            return "close it there; a dead client is forgotten after 30 s, or blocked at once by \(shut)"
        }
        if let lock = staleLocks.first {
            return "the next writer breaks that lock; by hand: `rbd lock rm \(image) '\(lock.id)' \(lock.locker)`"
        }
        return "the user has gone: try again"
    }
}
