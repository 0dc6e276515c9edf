import TaskFlow

// How Cinder's scheduler finds a host for a volume, in two steps: a field that is read from a symbol of another name,
// the values of a request, and a `revert` that only reports the step's own failure.

struct RequestSpec: Codable {
    let volumeID: String
    let size: Int
}

/// Completes the request: an older client sends no specification, so it is read from the database.
struct ExtractSpec: PureTask {
    static let name = "extract-spec"
    struct Input: Fields {
        @Field var requestSpec: RequestSpec?
        @Field var volumeID: String
    }
    struct Output: Fields { @Field var requestSpec: RequestSpec }
    let lookUp: @Sendable (_ volumeID: String) throws -> RequestSpec

    func execute(_ input: Input) async throws -> Output {
        Output(requestSpec: try input.requestSpec ?? lookUp(input.volumeID))
    }
}

/// Finds the host with the most free space.
struct ScheduleVolume: RevertibleTask {
    static let name = "schedule-volume"
    struct Input: Fields {
        @Field var requestSpec: RequestSpec
        @Field var excludedHosts: [String]
    }
    let room: [String: Int]

    func execute(_ input: Input) async throws -> Nothing {
        let spec = input.requestSpec
        let hosts = room.filter { $0.value >= spec.size && !input.excludedHosts.contains($0.key) }
        guard let (host, _) = hosts.max(by: { $0.value < $1.value }) else { throw NoValidHost(size: spec.size) }
        print("volume \(spec.volumeID) of \(spec.size) GiB goes to \(host)")
        return Nothing()
    }

    func revert(_ input: Input, after outcome: Outcome<Nothing>) async throws {
        guard case .failed(let failure) = outcome else { return }
        print("volume \(input.requestSpec.volumeID) is now in state error: \(failure.message)")
    }
}

struct NoValidHost: Error, CustomStringConvertible {
    let size: Int
    var description: String { "no host has room for \(size) GiB" }
}

/// The values of the request.
struct StartingValues: Fields {
    @Field var rawRequestSpec: RequestSpec?
    @Field var excludedHosts: [String]
    @Field var volumeID: String
}

@main
enum CreateVolume {
    static func main() async throws {
        let flow = try Flow("create-volume-scheduler", taking: StartingValues.self) {
            Step(ExtractSpec { RequestSpec(volumeID: $0, size: 20) }).reading(\.$requestSpec, from: "rawRequestSpec")
            ScheduleVolume(room: ["node-1": 50, "node-2": 100])
        }
        let good = StartingValues(rawRequestSpec: nil, excludedHosts: ["node-2"], volumeID: "logs")
        try await Engine(flow, request: good, in: MemoryStore()).run()

        let spec = RequestSpec(volumeID: "archive", size: 500)
        let bad = StartingValues(rawRequestSpec: spec, excludedHosts: [], volumeID: spec.volumeID)
        do {
            try await Engine(flow, request: bad, in: MemoryStore()).run()
        } catch let error as NoValidHost {
            print("not created: \(error)")
        }
    }
}
