/// An atom in its place in a flow: its own name there, and how its fields map to the flow's symbols.
///
/// An atom that needs none of this stands in a flow as it is.
public struct Step<Task: Atom>: Sendable {
    private let task: Task
    private let name: String
    private var edits: [@Sendable (inout StepWiring<Task>) -> Void] = []

    /// - Parameter name: unique in the flow, and stored; the task's own unless given.
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

    /// Gives `field` a value of the flow's own, which beats every other source.
    public func injecting<Value>(_ value: Value, as field: any KeyPath<Task.Input, Field<Value>> & Sendable) -> Self {
        editing { $0.injected[$0.input.name(of: field)] = value }
    }

    /// Lets its execution, and each of its reverts, take no longer than `limit`: what runs longer is cancelled, and has failed
    /// with ``TimeLimitExceeded`` when it ends. What takes no notice of being cancelled is waited for, and counts if it
    /// succeeds after all. For a step that touches only the database the limit has no meaning.
    public func within(_ limit: Duration) -> Self { editing { $0.timeLimit = limit } }

    /// Among steps that may start at the same time, the larger priority goes first; the task's own unless given here.
    public func priority(_ priority: Int) -> Self { editing { $0.priority = priority } }

    fileprivate func editing(_ edit: @escaping @Sendable (inout StepWiring<Task>) -> Void) -> Self {
        var copy = self
        copy.edits.append(edit)
        return copy
    }
}

extension Step where Task: SeparatelyRevertibleTask {
    /// Reads `field` of what the revert takes from the symbol named `symbol`.
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

/// Something that stands in a flow.
public protocol FlowPart: Sendable {
    /// The part as the compiler takes it.
    func lowered() -> LoweredPart
}

extension Step: FlowPart {
    /// The step as the compiler takes it.
    public func lowered() -> LoweredPart {
        do {
            try (Task.self as? any SeparatelyRevertibleTask.Type)?.checkRevertInput()
            var wiring = StepWiring<Task>(name: name, input: try .shared(), output: try .shared())
            for edit in edits { edit(&wiring) }
            if let problem = wiring.problem { return LoweredPart(name: name, broken: problem) }
            return LoweredPart(task.lowered(with: wiring))
        } catch {
            return LoweredPart(name: name, broken: "\(error)")
        }
    }
}
