internal import FoundationEssentials

/// The full record of a run, formatted for a person (`taskflow: pformat`).
public struct FlowRecord: Sendable, Hashable {
    /// The run's record.
    public let detail: FlowDetail
    /// The run's steps.
    public let atoms: [AtomDetail]
    /// Whether several processes have held the run.
    private let isShared: Bool

    /// Creates the record of a run from its journal.
    ///
    /// - Parameter holders: the former holders of the run, oldest first.
    public init(_ detail: FlowDetail, journal: [JournalEntry], holders: [FormerHolder] = []) {
        self.detail = detail
        atoms = AtomDetail.details(of: detail, journal: journal, holders: holders)
        isShared = !holders.isEmpty
    }
}

extension FlowRecord: CustomStringConvertible {
    /// The run's details, one per line, followed by those of each step.
    public var description: String {
        let subject = detail.subject.isEmpty ? "" : " of '\(detail.subject)'"
        let head = "Flow '\(detail.name)' version \(detail.version)\(subject): \(detail.state.rawValue)"
        let facts = [
            ("id", "\(detail.id)"), ("book", detail.book.map { "\($0)" } ?? ""), ("request", detail.request),
            ("waits for", detail.place?.name ?? ""), ("owner", detail.owner), ("epoch", "\(detail.epoch)"),
            ("created at", detail.createdAt.formatted(.iso8601)), ("updated at", detail.updatedAt.formatted(.iso8601)),
        ]
        let steps = atoms.flatMap { $0.lines(owner: isShared ? $0.owner : nil).map { "  " + $0 } }
        return ([head] + Self.lines(facts) + steps).joined(separator: "\n")
    }

    fileprivate static func lines(_ facts: [(name: String, value: String)]) -> [String] {
        facts.filter { !$0.value.isEmpty }.map { " - \($0.name): \($0.value)" }
    }
}

extension AtomDetail {
    fileprivate func lines(owner: String?) -> [String] {
        ["Atom '\(name)'\(version.map { " version \($0)" } ?? ""): \(state.rawValue)"]
            + FlowRecord.lines([
                ("results", results ?? ""), ("failure", failure?.message ?? ""),
                ("revert failure", revertFailure?.message ?? ""), ("attempts", attempts > 1 ? "\(attempts)" : ""),
                ("started at", startedAt?.formatted(.iso8601) ?? ""),
                ("updated at", updatedAt?.formatted(.iso8601) ?? ""), ("run by", owner ?? ""),
            ])
    }
}

extension LogBook: CustomStringConvertible {
    /// The logbook's details, one per line.
    public var description: String {
        let facts =
            [
                ("id", "\(id)"), ("created at", createdAt.formatted(.iso8601)),
                ("updated at", updatedAt.formatted(.iso8601)),
            ] + meta.sorted { $0.key < $1.key }.map { ("meta \($0.key)", $0.value) }
        return (["LogBook '\(name)'"] + FlowRecord.lines(facts)).joined(separator: "\n")
    }
}
