internal import FoundationEssentials

/// A stored run that an ``Upgrade`` changes.
public struct StoredRun: Sendable {
    /// The request, as a JSON object.
    public var request: String
    /// The run's journal, in order.
    public private(set) var journal: [JournalEntry]
    /// For each step that has been renamed, its name when the run began.
    private(set) var formerNames: [String: String]
    /// The changes that were impossible.
    private(set) var problems: [String] = []
    /// The names of the run's steps; `nil` if they aren't known.
    private var steps: Set<String>?
    private let time: Date

    init(request: String, journal: [JournalEntry], shape: FlowShape?, time: Date) {
        self.request = request
        self.journal = journal
        self.time = time
        steps = shape.map { Set($0.atoms.map(\.name)) }
        formerNames = (shape?.atoms ?? [])
            .reduce(into: [:]) { names, atom in
                if let name = atom.formerName { names[atom.name] = name }
            }
    }

    /// Renames a step. Its outcome is kept, and is reverted by the step of the new name.
    public mutating func rename(_ old: String, to new: String) {
        guard knows(old, to: "rename") else { return }
        guard !journal.contains(where: { $0.atom == new }) && steps?.contains(new) != true else {
            return problems.append("can't rename '\(old)' to '\(new)': there is a step of that name")
        }
        for index in journal.indices { journal[index] = journal[index].renaming(old, to: new) }
        if steps?.remove(old) != nil { steps?.insert(new) }
        formerNames[new] = formerNames.removeValue(forKey: old) ?? old
    }

    /// Drops a step, without undoing its effects. If the run is being reverted because of the step, that continues.
    public mutating func drop(_ atom: String) {
        guard knows(atom, to: "drop") else { return }
        if journal.contains(where: { $0.atom == atom && $0.state == .retrying }) {
            return problems.append("can't drop '\(atom)': it has retried its flow")
        }
        journal.removeAll { $0.atom == atom && !$0.hasGivenUpFlow }
        steps?.remove(atom)
        formerNames[atom] = nil
    }

    /// Records a new step as done, as is necessary for a step before others that have run.
    public mutating func complete(_ atom: String, giving output: some Fields = Nothing()) throws {
        guard !journal.contains(where: { $0.atom == atom }) else {
            return problems.append("can't complete '\(atom)': it has been started")
        }
        let output = try Self.encode(output)
        journal.append(JournalEntry(atom: atom, state: .success, startedAt: time, at: time, output: output))
        steps?.insert(atom)
    }

    /// Returns the output of a step's last success; `nil` if there is none.
    ///
    /// - Throws: `DecodingError` if the output isn't an `Output`.
    public func output<Output: Fields>(of atom: String, as type: Output.Type = Output.self) throws -> Output? {
        try journal.last { $0.atom == atom && $0.state == .success }?.output.map { try FieldMap<Output>().decode($0) }
    }

    /// Rewrites the outputs of a step, in every attempt.
    ///
    /// - Throws: `DecodingError` if an output isn't an `Old`; the error of `rewrite`.
    public mutating func rewriteOutput<Old: Fields, New: Fields>(
        of atom: String,
        _ rewrite: (Old) throws -> New
    ) throws {
        guard knows(atom, to: "rewrite") else { return }
        for index in journal.indices where journal[index].atom == atom {
            guard let output = journal[index].output else { continue }
            journal[index] = journal[index].giving(try Self.encode(rewrite(FieldMap<Old>().decode(output))))
        }
    }

    /// Rewrites the request.
    ///
    /// - Throws: `DecodingError` if the request isn't an `Old`; the error of `rewrite`.
    public mutating func rewriteRequest<Old: Fields, New: Fields>(_ rewrite: (Old) throws -> New) throws {
        request = try Self.encode(rewrite(FieldMap<Old>().decode(request)))
    }

    /// Whether the run has a step named `atom`, or its steps aren't known. A name that no step has is reported as a
    /// problem.
    private mutating func knows(_ atom: String, to verb: String) -> Bool {
        guard let steps, !steps.contains(atom) else { return true }
        problems.append("can't \(verb) '\(atom)': the run has no step of that name")
        return false
    }

    private static func encode<Values: Fields>(_ values: Values) throws -> String {
        try FieldMap<Values>().encode(values)
    }
}

extension JournalEntry {
    /// Whether a flow is reverted for good because of the entry.
    var hasGivenUpFlow: Bool { state == .failure && resolution.map { $0.decision != .retry } ?? false }

    fileprivate func renaming(_ old: String, to new: String) -> JournalEntry {
        var failure = failure
        if failure?.atom == old { failure?.atom = new }
        return JournalEntry(
            atom: atom == old ? new : atom,
            state: state,
            startedAt: startedAt,
            at: at,
            output: output,
            failure: failure,
            resolution: resolution.map { $0.renaming(old, to: new) },
            progress: progress
        )
    }

    fileprivate func giving(_ output: String) -> JournalEntry {
        JournalEntry(atom: atom, state: state, startedAt: startedAt, at: at, output: output, progress: progress)
    }
}

extension Resolution {
    fileprivate func renaming(_ old: String, to new: String) -> Resolution {
        guard retry == old else { return self }
        var failure = failure
        failure?.atom = new
        return Resolution(decision, by: new, after: failure)
    }
}
