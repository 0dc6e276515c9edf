/// Requests on all hosts while something happens to them.
extension FaultStage {
    /// Runs `body` while clients on all hosts make requests, lets all come to rest, and returns what does not hold then. If all
    /// does, the volumes are removed.
    func violations(seed: UInt64, while body: () async throws -> Void) async throws -> [String] {
        let pools = [Self.shared] + hosts.map { Self.own($0.name) }
        let clients = hosts.enumerated()
            .map { FaultClient(on: $1, pools: pools, seed: seed &+ UInt64($0), age: lease * 3) }
        let requests = Task {
            try await withThrowingTaskGroup { group in
                for client in clients {
                    group.addTask { while !Task.isCancelled { try await client.step() } }
                }
                try await group.waitForAll()
            }
        }
        do {
            try await body()
        } catch {
            requests.cancel()
            throw error
        }
        requests.cancel()
        try await requests.value
        try await rest()
        try await withThrowingTaskGroup { group in
            for client in clients { group.addTask { try await client.settle() } }
            try await group.waitForAll()
        }
        try await rest()
        var expected: (volumes: [String], snapshots: [String]) = ([], [])
        var found: [String] = []
        for client in clients {
            let own = await client.expected
            expected = (expected.volumes + own.volumes, expected.snapshots + own.snapshots)
            found += await client.problems
            if await client.answers == 0 { found.append("a client has had no answer at all") }
        }
        found += try await violations(expected: expected)
        guard found.isEmpty else { return found }
        try await withThrowingTaskGroup { group in
            for client in clients { group.addTask { try await client.removeAll() } }
            try await group.waitForAll()
        }
        for client in clients { found += await client.problems }
        return found
    }
}
