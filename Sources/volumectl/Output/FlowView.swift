internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI

/// A flow as JSON.
struct FlowView: Encodable {
    let schema = "volumectl.flow/v1"
    let id: String
    @Nullable var name: String?
    @Nullable var version: Int?
    @Nullable var subject: String?
    let state: String
    @Nullable var owner: String?
    @Nullable var createdAt: String?
    @Nullable var updatedAt: String?
    let request: JSONValue?
    /// The time at which its cancellation was requested.
    @Nullable var cancelRequestedAt: Date?
    /// Where it goes on: `host beta`; `null` unless it waits for another host.
    @Nullable var waitsFor: String?
    /// The resolution of a flow that failed.
    @Nullable var resolution: String?
    /// The journal, oldest entry first; only where a single flow is shown.
    let steps: [Step]?
    /// The reason why a record of the flow can't be read; left out if all can be read.
    let reason: String?
    /// The hosts whose workers can't carry it on; left out if there are none.
    let refusals: [HostRefusal]?

    struct Step: Encodable {
        let step: String
        let state: String
        let startedAt: Date
        let at: Date
        /// In milliseconds, as in the table.
        let durationMs: Double
        let output: JSONValue?
        let failure: Problem?
    }

    struct Problem: Encodable {
        let type: String
        let message: String
        let causes: [String]
    }

    init(_ flow: FlowDetail, journal: Listing<JournalEntry>? = nil, hosts: [HostStatus] = []) {
        let refusals = hosts.refusals(of: flow.id)
        self.refusals = refusals.isEmpty ? nil : refusals
        id = flow.id.description
        _name = Nullable(wrappedValue: flow.name)
        _version = Nullable(wrappedValue: flow.version)
        _subject = Nullable(wrappedValue: flow.subject)
        state = flow.stateWord
        _owner = Nullable(wrappedValue: flow.owner)
        _createdAt = Nullable(wrappedValue: flow.createdAt.timestamp)
        _updatedAt = Nullable(wrappedValue: flow.updatedAt.timestamp)
        reason = journal?.unreadable.first?.description
        request = JSONValue(parsing: flow.request)?.withResultKeys
        _cancelRequestedAt = Nullable(wrappedValue: flow.cancelRequestedAt)
        _waitsFor = Nullable(wrappedValue: flow.place?.words)
        _resolution = Nullable(wrappedValue: flow.resolution?.note)
        steps = journal?
            .map { entry in
                Step(
                    step: entry.isCancellation ? "cancel" : entry.atom,
                    state: entry.isCancellation ? "success" : entry.state.rawValue.lowercased(),
                    startedAt: entry.startedAt,
                    at: entry.at,
                    durationMs: max(0, (entry.at.timeIntervalSince(entry.startedAt) * 1e6).rounded() / 1e3),
                    output: JSONValue(parsing: entry.output)?.withResultKeys,
                    failure: entry.failure.map {
                        Problem(type: $0.type, message: $0.message, causes: $0.causes.map(\.message))
                    }
                )
            }
    }

    /// A flow with an unreadable record.
    init(unreadable row: UnreadableRow) {
        id = row.key
        (_name, _version) = (Nullable(wrappedValue: nil), Nullable(wrappedValue: nil))
        _subject = Nullable(wrappedValue: row.name)
        state = unreadableWord
        _owner = Nullable(wrappedValue: nil)
        (_createdAt, _updatedAt) = (Nullable(wrappedValue: nil), Nullable(wrappedValue: nil))
        (_cancelRequestedAt, _resolution) = (Nullable(wrappedValue: nil), Nullable(wrappedValue: nil))
        _waitsFor = Nullable(wrappedValue: nil)
        (request, steps, refusals) = (nil, nil, nil)
        reason = row.reason
    }
}

/// A host whose worker can't carry a flow on.
struct HostRefusal: Encodable {
    let host: String
    let reason: String
}

extension [HostStatus] {
    /// The hosts whose workers can't carry the flow on, with the reasons.
    fileprivate func refusals(of flow: FlowID) -> [HostRefusal] {
        flatMap { host in
            host.refusals.filter { $0.flow == flow }.map { HostRefusal(host: host.name, reason: $0.reason) }
        }
    }
}

/// A flow's journal as lines of text.
struct Timeline {
    let flow: FlowDetail
    let journal: Listing<JournalEntry>
    /// The hosts, of which some may be unable to carry the flow on.
    var hosts: [HostStatus] = []
    /// Whether to show the scheduler's verdicts.
    var explains = false
    /// Whether to say where the flow waits to go on.
    var showsPlace = true

    var lines: [String] {
        var lines = [
            "flow \(flow.id)  \(flow.name) \"\(flow.subject)\"  \(flow.stateWords)  "
                + "by \(flow.owner), \(flow.createdAt.formatted(.iso8601))"
        ]
        var isReverting = false
        let nameWidth = journal.map(\.atom.count).max() ?? 0
        let wordWidth = journal.filter { !$0.state.isStart }.map(\.state.word.count).max() ?? 0
        for (index, entry) in journal.enumerated() where !isAnnouncement(index) {
            if entry.state == .retrying {
                isReverting = false
                lines.append("  --- trying again ---")
                continue
            }
            if !isReverting && entry.state.isOfRevert {
                isReverting = true
                lines.append("  --- reverting ---")
            }
            lines += self.lines(for: entry, nameWidth, max(11, wordWidth))
        }
        if showsPlace, let place = flow.place {
            lines.append("  waits for \(place.words), since \(flow.updatedAt.timestamp)")
        }
        lines += hosts.refusals(of: flow.id).map { "  host \($0.host) can't carry it on: \($0.reason)" }
        lines += journal.unreadable.map { "  \(unreadableWord): \($0)" }
        return lines
    }

    private func lines(for entry: JournalEntry, _ nameWidth: Int, _ wordWidth: Int) -> [String] {
        // A step can't start before its flow, but the clock may have been set back.
        let start = max(0, entry.startedAt.timeIntervalSince(flow.createdAt))
        let name = entry.atom.padding(toLength: nameWidth, withPad: " ", startingAt: 0)
        if entry.isCancellation { return [String(format: "  +%.3f  ", start) + "cancelled"] }
        var line = String(format: "  +%.3f  ", start) + name + "  " + entry.state.word
        if !entry.state.isStart {
            let padding = String(repeating: " ", count: wordWidth - entry.state.word.count)
            line += padding + "  " + entry.at.timeIntervalSince(entry.startedAt).duration
        }
        var lines = [line]
        if let failure = entry.failure { lines.append("          " + failure.message) }
        if explains, let verdicts = verdicts(of: entry) {
            lines += VerdictTable.explanation(verdicts, width: Console.width.map { $0 - 8 })
                .map { $0.isEmpty ? "" : "        " + $0 }
            let others = entry.failure == nil ? poolsAsked - verdicts.count : 0
            if others > 0 { lines.append("        \(others) more pools were asked, whose verdicts were not kept") }
        }
        return lines
    }

    /// How many pools the flow has asked.
    private var poolsAsked: Int {
        struct Survey: Decodable {
            struct Report: Decodable {}
            let reports: [Report]
        }
        let outputs = journal.lazy.compactMap { $0.output }
        let surveys = outputs.compactMap { try? JSONDecoder().decode(Survey.self, from: Data($0.utf8)) }
        return surveys.first?.reports.count ?? 0
    }

    /// Whether the entry is the start of a step whose end is in the journal, too.
    private func isAnnouncement(_ index: Int) -> Bool {
        guard journal[index].state.isStart else { return false }
        let next = journal[(index + 1)...].first { $0.atom == journal[index].atom }
        return next.map { !$0.state.isStart } ?? false
    }

    private func verdicts(of entry: JournalEntry) -> [PoolVerdict]? {
        struct Output: Decodable {
            let verdicts: [PoolVerdict]
        }
        let output = entry.output.flatMap { try? JSONDecoder().decode(Output.self, from: Data($0.utf8)) }
        return output?.verdicts ?? entry.failure?.error(as: VolumeError.self)?.verdicts
    }
}

extension FlowState {
    /// The state as people and programs read it.
    var word: String { rawValue.lowercased() }
}

extension AtomState {
    /// Whether a step is being performed or reverted.
    var isStart: Bool { self == .running || self == .reverting }
    fileprivate var isOfRevert: Bool { self == .reverting || self == .reverted || self == .revertFailure }

    /// The state as people read it.
    var word: String {
        switch self {
        case .success: "ok"
        case .failure: "FAILED"
        case .reverted: "reverted"
        case .revertFailure: "REVERT FAILED"
        case .running, .reverting: "interrupted or still running"
        case .pending, .ignore, .retrying: rawValue
        }
    }
}
