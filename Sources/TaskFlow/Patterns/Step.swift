/// An atom with a name of its own in a flow, and with a mapping from its fields to the flow's symbols.
///
/// An atom that needs neither can be used in a flow directly.
public struct Step<Task: Atom>: Sendable {
    private let task: Task
    private let name: String
    private var edits: [@Sendable (inout StepWiring<Task>) -> Void] = []

    /// - Parameter name: the step's name, unique in the flow and stored; by default the task's.
    public init(_ task: Task, named name: String = Task.name) {
        self.task = task
        self.name = name
    }

    /// Reads `field` from the symbol named `symbol`.
    public func reading<Value>(_ field: any KeyPath<Task.Input, Field<Value>> & Sendable, from symbol: String) -> Self {
        editing { $0.read[$0.input.name(of: field)] = symbol }
    }

    /// Writes `field` to the symbol named `symbol`.
    public func writing<Value>(_ field: any KeyPath<Task.Output, Field<Value>> & Sendable, to symbol: String) -> Self {
        editing { $0.written[$0.output.name(of: field)] = symbol }
    }

    /// Injects a value into `field`, which takes precedence over every other source.
    public func injecting<Value>(_ value: Value, as field: any KeyPath<Task.Input, Field<Value>> & Sendable) -> Self {
        editing { $0.injected[$0.input.name(of: field)] = value }
    }

    /// Limits the time that the step's execution, and each of its reverts, may take. After that time it is cancelled,
    /// and fails with ``TimeLimitExceeded`` when it ends. A step that ignores its cancellation is waited for; if it
    /// succeeds nevertheless, that counts. The limit has no meaning for a transactional step.
    public func within(_ limit: Duration) -> Self { editing { $0.timeLimit = limit } }

    /// Replaces the task's priority: of several steps that may start, the one with the largest priority starts first.
    public func priority(_ priority: Int) -> Self { editing { $0.priority = priority } }

    fileprivate func editing(_ edit: @escaping @Sendable (inout StepWiring<Task>) -> Void) -> Self {
        var copy = self
        copy.edits.append(edit)
        return copy
    }
}

extension Step where Task: SeparatelyRevertibleTask {
    /// Reads `field` of the revert's input from the symbol named `symbol`.
    public func reverting<Value>(
        reading field: any KeyPath<Task.RevertInput, Field<Value>> & Sendable,
        from symbol: String
    ) -> Self {
        editing { wiring in
            do {
                wiring.readByRevert[try FieldMap<Task.RevertInput>().name(of: field)] = symbol
            } catch {
                wiring.problem = "\(error)"
            }
        }
    }
}

/// A part of a flow: a step or a subflow.
public protocol FlowPart: Sendable {
    /// The part in the form that the compiler takes.
    func lowered() -> LoweredPart
}

extension Step: FlowPart {
    /// The step in the form that the compiler takes.
    public func lowered() -> LoweredPart {
        do {
            try (Task.self as? any SeparatelyRevertibleTask.Type)?.checkRevertInput()
            var wiring = StepWiring<Task>(name: name, input: try .shared(), output: try .shared())
            for edit in edits { edit(&wiring) }
            wiring.place = (task as? any PlacedTask)?.placement
            if let problem = wiring.problem { return LoweredPart(name: name, broken: problem) }
            return LoweredPart(task.lowered(with: wiring))
        } catch {
            return LoweredPart(name: name, broken: "\(error)")
        }
    }
}
