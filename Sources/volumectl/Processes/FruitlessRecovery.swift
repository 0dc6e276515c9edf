internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI

/// The flows that the last recovery left for later because their pools did not answer, in a file beside the database,
/// so that not every command waits for these pools again.
struct FruitlessRecovery {
    /// The number of seconds after which another command tries again.
    private static let pause = 30.0

    private let file: URL

    /// - Parameter path: the path with which the names of this host's files begin.
    init(beside path: String) { file = URL(filePath: path + ".recovery") }

    /// The reasons why flows were left for later a short time ago; empty if unknown, because trying again does no harm.
    var obstacles: [FlowID: String] {
        let attributes = try? FileManager.default.attributesOfItem(atPath: file.path(percentEncoded: false))
        guard let time = attributes?[.modificationDate] as? Date,
            (0...Self.pause).contains(Date().timeIntervalSince(time)), let data = try? Data(contentsOf: file),
            let problems = try? JSONDecoder().decode([String: String].self, from: data)
        else { return [:] }
        return Dictionary(
            problems.compactMap { id, problem in FlowID(id).map { ($0, problem) } },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Stores what a recovery left for later.
    func record(_ recoveries: [Recovery]) {
        let left = recoveries.filter(\.isLeftForLater)
        guard !left.isEmpty else {
            try? FileManager.default.removeItem(at: file)
            return
        }
        let problems = Dictionary(left.map { ($0.flow.id.description, $0.problem ?? "") }, uniquingKeysWith: { $1 })
        try? JSONEncoder().encode(problems).write(to: file, options: .atomic)
    }
}
