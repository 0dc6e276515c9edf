/// What a method gives that nobody has written.
///
/// A protocol asks for a method twice where a near miss would compile and never be called: once as it is to be written, and
/// once in every form in which Swift would take it. Who has written only the latter is refused.
public struct NotImplemented: Sendable {}

extension FlowTask where Reversion == NotImplemented {
    /// Does nothing.
    public func revert(_ input: Input, after outcome: Outcome<Output>) -> NotImplemented { NotImplemented() }
}

extension PureTask where Reversion == NotImplemented {
    /// Does nothing.
    public func revert(_ input: Input, after outcome: Outcome<Output>) -> NotImplemented { NotImplemented() }
}

extension TransactionalTask where Reversion == NotImplemented {
    /// Does nothing.
    public func revert(_ input: Input, output: Output, in transaction: Transaction) -> NotImplemented {
        NotImplemented()
    }
}

extension Retry where Reversion == NotImplemented {
    /// Does nothing.
    public func revert(_ input: Input, history: History<Output>) -> NotImplemented { NotImplemented() }
}

extension FlowTask where Reversion == Void {
    /// Refuses to compile a task whose revert would never be called.
    @available(*, unavailable, message: "its revert would never be called: let it conform to RevertibleTask")
    public func lowered(with wiring: StepWiring<Self>) -> LoweredAtom { wiring.unavailable }
}

extension PureTask where Reversion == Void {
    /// Refuses to compile a task whose revert would never be called.
    @available(*, unavailable, message: "its revert would never be called: let it conform to RevertibleTask")
    public func lowered(with wiring: StepWiring<Self>) -> LoweredAtom { wiring.unavailable }
}

extension TransactionalTask where Reversion == Void {
    /// Refuses to compile a task whose revert would never be called.
    @available(
        *,
        unavailable,
        message: "its revert would never be called: let it conform to RevertibleTransactionalTask"
    )
    public func lowered(with wiring: StepWiring<Self>) -> LoweredAtom { wiring.unavailable }
}

extension Retry where Reversion == Void {
    /// Refuses to compile a retry whose revert would never be called.
    @available(*, unavailable, message: "its revert would never be called: let it conform to RevertibleRetry")
    public func lowered(with wiring: StepWiring<Self>) -> LoweredAtom { wiring.unavailable }
}

extension StepWiring {
    fileprivate var unavailable: LoweredAtom { preconditionFailure("what does not compile does not run") }
}
