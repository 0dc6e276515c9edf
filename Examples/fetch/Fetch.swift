import FoundationEssentials
import TaskFlow

// One task in two steps of a flow, and everything that can be observed when the second of them fails.
//
// A file stands in for each server, so that the example needs no network: its path is the address.

struct FetchStatus: RevertibleTask {
    static let name = "fetch-status"
    struct Input: Fields { @Field var address: String }
    struct Output: Fields { @Field var status: String }

    func execute(_ input: Input) async throws -> Output {
        guard let answer = try? String(contentsOfFile: input.address, encoding: .utf8) else {
            throw Unreachable(address: input.address)
        }
        print("  \(input.address) says '\(answer)'")
        return Output(status: answer)
    }

    /// Also called for the step that failed, so it undoes only a success.
    func revert(_ input: Input, after outcome: Outcome<Output>) async throws {
        guard case .succeeded(let output) = outcome else { return }
        print("  forgetting that \(input.address) said '\(output.status)'")
    }
}

struct Unreachable: Error {
    let address: String
}

/// The values of the request.
struct Addresses: Fields {
    @Field var home: String
    @Field var away: String
}

@main
enum Fetch {
    static func main() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "example-fetch-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let (home, away) = (directory.appending(path: "home"), directory.appending(path: "away"))
        try Data("200 OK".utf8).write(to: home)
        try Data("204 No Content".utf8).write(to: away)

        // In each step, the task's fields stand for other symbols of the flow.
        let fetchHome = Step(FetchStatus(), named: "fetch-home").reading(\.$address, from: "home")
        let fetchAway = Step(FetchStatus(), named: "fetch-away").reading(\.$address, from: "away")
        let flow = try Flow("fetch", taking: Addresses.self) {
            fetchHome.writing(\.$status, to: "homeStatus")
            fetchAway.writing(\.$status, to: "awayStatus")
        }
        try await run(flow, Addresses(home: home.path, away: away.path))
        print()
        try await run(flow, Addresses(home: home.path, away: directory.appending(path: "nowhere").path))
    }

    static func run(_ flow: Flow<Addresses>, _ addresses: Addresses) async throws {
        let engine = try Engine(flow, request: addresses, in: MemoryStore())
        engine.notifier.register { print("flow \($0.name): \($0.state.rawValue)") }
        engine.atomNotifier.register { print("task \($0.atom): \($0.state.rawValue)") }
        do {
            try await engine.run()
        } catch let error as Unreachable {
            // The task's own error, not a wrapper.
            print("unreachable: \(error.address)")
        }
    }
}
