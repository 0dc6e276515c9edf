internal import Identity
internal import PoolConfiguration
internal import Synchronization
internal import TaskFlow
internal import VolumeAPI

/// Reports a recovery: the first flows one by one, the others by their number.
final class RecoveryReport: Sendable {
    /// The number of flows that are reported one by one.
    private static let limit = 10
    /// The seconds after which a flow that is still being recovered is announced.
    static let patience = 0.5

    private struct Counts {
        /// The flows whose outcome is not known yet.
        var underWay: Set<FlowID> = []
        var announced = 0
        var told = 0
        /// The outcomes of the other flows, each with their number.
        var others: [(words: String, count: Int)] = []
    }

    private let counts = Mutex(Counts())
    /// Whether a ``RecoveryRelay`` reads the output: it needs every announcement at once, and decides itself which to show.
    private let isRelayed: Bool

    private init(isRelayed: Bool) { self.isRelayed = isRelayed }

    /// Finishes or reverts interrupted flows, and reports the outcomes.
    ///
    /// - Returns: whether all of them came to an end.
    @discardableResult
    static func recover(
        _ service: any VolumeClient,
        _ settings: Settings,
        isRelayed: Bool = false
    ) async throws -> Bool {
        let report = RecoveryReport(isRelayed: isRelayed)
        defer { report.sumUp() }
        let recoveries = try await service.recover(announcing: report.announce, telling: report.tell)
        FruitlessRecovery(beside: settings.localFiles).record(recoveries)
        return recoveries.allSatisfy { $0.problem == nil }
    }

    /// Reports that a flow is being recovered, if that takes long.
    private func announce(_ flow: FlowDetail, _ interruptedStep: String?) {
        let line = RecoveryRelay.announcement + Self.place(of: flow, interruptedStep)
        guard !isRelayed else { return Console.note(line) }
        let mayMatter = counts.withLock { counts in
            counts.underWay.insert(flow.id)
            return counts.announced < Self.limit
        }
        guard mayMatter else { return }
        Task {
            try await Task.sleep(for: .seconds(Self.patience))
            let isDue = counts.withLock { counts in
                guard counts.announced < Self.limit, counts.underWay.contains(flow.id) else { return false }
                counts.announced += 1
                return true
            }
            if isDue { Console.note(line) }
        }
    }

    /// Reports the outcome for a flow.
    private func tell(_ recovery: Recovery) {
        let words =
            switch recovery.state {
            case .success: "finished"
            case .reverted: "undone, nothing is left behind"
            case .failure: "could not be undone"
            case .suspended: "goes on where its pool is"
            default: "could not be carried on"
            }
        let isTold = counts.withLock { counts in
            counts.underWay.remove(recovery.flow.id)
            counts.told += 1
            if counts.told <= Self.limit { return true }
            if let index = counts.others.firstIndex(where: { $0.words == words }) {
                counts.others[index].count += 1
            } else {
                counts.others.append((words, 1))
            }
            return false
        }
        guard isTold else { return }
        let id = recovery.flow.id
        Console.note(
            RecoveryRelay.result + " " + Self.place(of: recovery.flow, recovery.interruptedStep) + ": " + words
                + (recovery.state == .failure ? ": volumectl flow show \(id)" : "")
                + (recovery.problem.map { " (\($0))" } ?? "")
        )
    }

    private func sumUp() {
        let others = counts.withLock { counts in
            counts.underWay = []
            return counts.others
        }
        guard !others.isEmpty else { return }
        let words = others.map { "\($0.count) more \($0.words)" }.joined(separator: "; ")
        Console.note(RecoveryRelay.result + "s: " + words + ": volumectl flow ls")
    }

    private static func place(of flow: FlowDetail, _ step: String?) -> String {
        let end = flow.state == .suspended ? "\(flow.owner) left it" : "\(flow.owner) died"
        return "\(flow.id.shortened): \(flow.name) \"\(flow.subject)\" was "
            + (step.map { "at \($0)" } ?? "under way") + " when " + end
    }
}
