internal import Synchronization

/// Explains failures to a person: with the step's inputs, the attempts so far, and the steps before it.
struct FailureFormatter {
    /// The greatest number of earlier steps that are listed, nearest first.
    static let limit = 50

    let run: FlowRun
    let hiding: Hiding

    /// The explanation of all failures; `nil` if there are none.
    var text: String? {
        let texts = run.failed.map { text(of: $0.failure) }
        return texts.isEmpty ? nil : texts.joined(separator: "\n")
    }

    func text(of failure: Failure) -> String {
        var outline = Outline()
        let atom = run.recipe.atoms.firstIndex { $0.atom.name == failure.atom }
        failure.add(to: &outline, reverting: atom.map { run.revertFailures[$0] == failure } ?? false)
        if let atom {
            if let taken = hiding.list(taken(by: atom), of: failure.atom) { outline.add("it took \(taken)", depth: 1) }
            if run.failures[atom] == nil, let given = hiding.list(given(by: atom), of: failure.atom) {
                outline.add("it had given \(given)", depth: 1)
            }
            addAttempts(around: atom, to: &outline)
            addSteps(before: atom, to: &outline)
        }
        return hiding.masked(outline.text, of: run.recipe.atoms.indices.map { (name(of: $0), values(of: $0)) })
    }

    // MARK: - Attempts

    /// Adds the attempts of each flow around `atom` that has a retry, innermost flow first.
    private func addAttempts(around atom: Int, to outline: inout Outline) {
        for retry in sequence(first: atom, next: { run.recipe.atoms[$0].retry }).dropFirst() {
            guard let attempts = run.histories[retry] ?? run.undone.histories[retry], !attempts.isEmpty else {
                continue
            }
            outline.add("attempts of retry '\(name(of: retry))':", depth: 1)
            for (number, attempt) in zip(1..., attempts) {
                let given = hiding.list(run.recipe.atoms[retry].atom.outputs(attempt.values), of: name(of: retry))
                let failures = attempt.failures.sorted { $0.key < $1.key }.map(\.value.description)
                let outcome = failures.isEmpty ? "" : ": \(failures.joined(separator: "; "))"
                outline.add("\(number)\(given.map { " with \($0)" } ?? "")\(outcome)", depth: 2)
            }
        }
    }

    // MARK: - Steps before

    /// Adds the tree of the steps that `atom` waited for, each step where it is first met.
    private func addSteps(before atom: Int, to outline: inout Outline) {
        var told: Set<Int> = [atom]
        var open = directlyBefore(atom).reversed().map { (atom: $0, depth: 2) }
        guard !open.isEmpty else { return }
        outline.add("steps before it:", depth: 1)
        while let (atom, depth) = open.popLast() {
            guard told.insert(atom).inserted else { continue }
            guard told.count <= Self.limit + 1 else { return outline.add("…", depth: 2) }
            outline.add(line(for: atom), depth: depth)
            open += directlyBefore(atom).reversed().map { ($0, depth + 1) }
        }
    }

    private func line(for atom: Int) -> String {
        let name = name(of: atom)
        var line = "'\(name)' is \(run.machine.atoms[atom].rawValue)"
        if let taken = hiding.list(taken(by: atom), of: name) { line += ", took \(taken)" }
        if let given = hiding.list(given(by: atom), of: name) { line += ", gave \(given)" }
        if let failure = run.failures[atom] { line += ", failed: \(failure.message)" }
        return line
    }

    /// The atoms that `atom` waits for, directly or through gates.
    private func directlyBefore(_ atom: Int) -> [Int] {
        var (found, open, seen) = (Set<Int>(), run.recipe.graph.predecessors[atom], Set<Int>())
        while let node = open.popLast() {
            guard seen.insert(node).inserted else { continue }
            if run.recipe.graph.isGate(node) { open += run.recipe.graph.predecessors[node] } else { found.insert(node) }
        }
        return found.sorted()
    }

    private func name(of atom: Int) -> String { run.recipe.atoms[atom].atom.name }

    private func taken(by atom: Int) -> [NamedValue] {
        let atom = run.recipe.atoms[atom]
        let values = atom.sources.map { source -> (any Sendable)? in
            switch source {
            case .slot(let slot): value(in: slot)
            case .injected(let value): value
            case .absent: nil
            }
        }
        return atom.atom.inputs(values)
    }

    private func given(by atom: Int) -> [NamedValue] {
        let atom = run.recipe.atoms[atom]
        return zip(atom.atom.provides, atom.outputs)
            .compactMap { port, slot in
                value(in: slot).map { NamedValue(name: port.name, symbol: port.name, value: $0) }
            }
    }

    private func value(in slot: Int) -> (any Sendable)? { run.values[slot] ?? run.undone.values[slot] }

    private func values(of atom: Int) -> [NamedValue] { taken(by: atom) + given(by: atom) }
}

/// The outputs and attempts of steps that have been reverted.
struct Undone: Sendable {
    /// The values by slot.
    var values: [Int: any Sendable] = [:]
    var histories: [Int: [PastAttempt]] = [:]
}

extension Engine {
    /// Explains the run's failures to a person: for each the step, its inputs, the causes of the error, the attempts if
    /// there is a retry, and the steps before it with their states, inputs and outputs.
    ///
    /// ```text
    /// 'export' failed: no answer (ExportError)
    ///   because of: connection refused (SocketError)
    ///   it took host = "node-1", token = ***
    ///   attempts of retry 'times':
    ///     1 with attempt = 1: 'export' failed: no answer
    ///   steps before it:
    ///     'times' is REVERTED, gave attempt = 1
    ///       'lend' is SUCCESS, gave token = ***
    /// ```
    ///
    /// - Parameter hiding: the values that are not shown.
    /// - Returns: `nil` if there are no failures.
    public nonisolated func explain(hiding: Hiding = []) -> String? {
        FailureFormatter(run: flow.withLock { $0 }, hiding: hiding).text
    }

    /// Explains a failure of this run to a person, in the run's current state.
    ///
    /// - Parameter hiding: the values that are not shown.
    public nonisolated func explain(_ failure: Failure, hiding: Hiding = []) -> String {
        FailureFormatter(run: flow.withLock { $0 }, hiding: hiding).text(of: failure)
    }

    /// Returns ``explain(_:hiding:)`` as a function, for listeners:
    /// `LoggingListener(logger, formatFailure: engine.failureFormatter())`.
    ///
    /// - Parameter hiding: the values that are not shown.
    public nonisolated func failureFormatter(hiding: Hiding = []) -> @Sendable (Failure) -> String {
        // Weak, since the engine retains its listeners.
        { [weak self] in self?.explain($0, hiding: hiding) ?? $0.formatted() }
    }
}
