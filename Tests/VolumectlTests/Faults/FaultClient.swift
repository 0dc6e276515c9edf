import Foundation
import TestKit
import Testing

/// Makes requests on a host, one after the other, and remembers what was answered.
actor FaultClient {
    /// A volume, as the answers say that it is.
    private struct Volume {
        let pool: String
        let since = ContinuousClock.now
        var snapshots: Set<String> = []
        /// Whether a request for it has had no answer yet. It is left alone then.
        var isDoubtful = false
    }

    /// A request, and what is there once it has succeeded.
    private enum Request {
        case create(String, pool: String)
        case clone(String, as: String)
        case snapshot(String, as: String)
        case unsnapshot(String, String)
        case remove(String)

        /// Repeatable without another effect.
        var words: [String] {
            switch self {
            case .create(let name, let pool):
                ["create", name, "1M", "--pool", pool, "--idempotency-key", "key-\(name)"]
            case .clone(let source, let name): ["clone", source, name, "--idempotency-key", "key-\(name)"]
            case .snapshot(let name, let snapshot): ["snapshot", "create", name, snapshot]
            case .unsnapshot(let name, let snapshot):
                ["snapshot", "rm", "\(name)@\(snapshot)", "-y", "--if-exists"]
            case .remove(let name): ["rm", name, "-y", "--cascade", "--if-exists"]
            }
        }
    }

    private let host: FaultHost
    private let pools: [String]
    /// The age of a volume that may be removed: calls that were under way for it have ended.
    private let age: Duration
    private let prefix: String
    private var generator: SeededGenerator
    private var volumes: [String: Volume] = [:]
    private var doubtful: [Request] = []
    private var number = 0
    private(set) var answers = 0
    private(set) var problems: [String] = []

    init(on host: FaultHost, pools: [String], seed: UInt64, age: Duration) {
        (self.host, self.pools, self.age) = (host, pools, age)
        // Names and keys are not used again.
        prefix = "\(host.name)-\(String(seed, radix: 36))"
        generator = SeededGenerator(seed: seed)
    }

    /// Makes one request.
    func step() async throws { try await make(next()) }

    /// Repeats the requests without an answer until each has one.
    func settle() async throws {
        for request in doubtful {
            var last: FaultRun?
            for _ in 0..<20 {
                let run = try await host.run(request.words)
                last = run
                if isDone(request, run) { break }
                try await Task.sleep(for: .milliseconds(200))
            }
            guard let last, isDone(request, last) else {
                problems.append("\(last.map(String.init(describing:)) ?? "no answer"), even when all is well again")
                continue
            }
            note(request)
        }
        doubtful = []
    }

    private func isDone(_ request: Request, _ run: FaultRun) -> Bool {
        // A snapshot is not made twice, and its name is nobody else's.
        if case .snapshot = request, run.status == 4, run.errors.contains("the name is taken") { return true }
        return run.status == 0
    }

    /// The names of the volumes and snapshots that have to be there.
    var expected: (volumes: [String], snapshots: [String]) {
        (volumes.keys.sorted(), volumes.flatMap { name, volume in volume.snapshots.map { "\(name)@\($0)" } }.sorted())
    }

    /// Removes all volumes.
    func removeAll() async throws {
        guard !volumes.isEmpty else { return }
        let run = try await host.run(["rm"] + volumes.keys.sorted() + ["-y", "--cascade"])
        if run.status == 0 { volumes = [:] } else { problems.append("\(run)") }
    }

    private func next() -> Request {
        let names = volumes.filter { !$0.value.isDoubtful }.keys.sorted()
        let old = names.filter { name in volumes[name].map { ContinuousClock.now - $0.since > age } ?? false }
        number += 1
        let name = "\(prefix)-\(number)"
        switch Int.random(in: 0..<10, using: &generator) {
        case 0...1 where !old.isEmpty: return .remove(old.randomElement(using: &generator) ?? "")
        case 2...3 where !names.isEmpty:
            return .snapshot(names.randomElement(using: &generator) ?? "", as: "s\(number)")
        case 4 where !names.isEmpty: return .clone(names.randomElement(using: &generator) ?? "", as: name)
        case 5:
            let kept = old.flatMap { name in (volumes[name]?.snapshots.sorted() ?? []).map { (name, $0) } }
            guard let (volume, snapshot) = kept.randomElement(using: &generator) else { fallthrough }
            return .unsnapshot(volume, snapshot)
        default: return .create(name, pool: pools.randomElement(using: &generator) ?? "")
        }
    }

    private func make(_ request: Request) async throws {
        let run = try await host.run(request.words)
        switch run.status {
        case 0:
            answers += 1
            note(request)
        // No server, or killed, or it lost its lease: the request is made again later. A defect is one.
        case let status?:
            if status == 1 || status == 8 || status == 64 { problems.append("\(run)") }
            fallthrough
        case nil:
            doubtful.append(request)
            switch request {
            case .create: break
            case .clone(let name, _), .snapshot(let name, _), .unsnapshot(let name, _), .remove(let name):
                volumes[name]?.isDoubtful = true
            }
        }
    }

    private func note(_ request: Request) {
        switch request {
        case .create(let name, let pool): volumes[name] = Volume(pool: pool)
        case .clone(let source, let name):
            volumes[source]?.isDoubtful = false
            volumes[name] = Volume(pool: volumes[source]?.pool ?? "")
        case .snapshot(let name, let snapshot):
            volumes[name]?.isDoubtful = false
            volumes[name]?.snapshots.insert(snapshot)
        case .unsnapshot(let name, let snapshot):
            volumes[name]?.isDoubtful = false
            volumes[name]?.snapshots.remove(snapshot)
        case .remove(let name): volumes[name] = nil
        }
    }
}
