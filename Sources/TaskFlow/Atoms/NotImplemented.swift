/// The result of a default implementation that stands for a method that the type doesn't have.
///
/// A `revert` with a slightly wrong signature, or in a type that doesn't conform to the revertible protocol, would
/// compile and never be called. The default implementations of `revert` therefore return this type instead of `Void`: a
/// task that has written its own infers `Reversion == Void`, and doesn't compile unless it conforms to the protocol
/// that calls it.
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
