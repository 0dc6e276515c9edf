internal import FoundationEssentials
public import Identity
internal import SQLStore
public import TaskFlow

/// What was done about a flow whose process had died.
public struct Recovery: Sendable, Hashable {
    /// The flow as it was found.
    public let flow: FlowDetail
    /// The step that was running, if the process died during one that touches the world.
    public let interruptedStep: String?
    /// How it ended; `nil` when it could not be carried on.
    public let state: FlowState?
    /// What went wrong, if anything did.
    public let problem: String?
}

/// A flow that nobody carries on although it has not finished.
public struct InterruptedFlow: Sendable, Hashable {
    /// The flow.
    public let flow: FlowDetail
    /// Why this program can't carry it on; `nil` if nothing is known against that.
    public let obstacle: String?
}

extension VolumeService {
    /// The flows that nobody carries on although they have not finished, oldest first: those of processes that have died,
    /// and those that were left to a process which has not taken them up.
    public func interrupted() async throws(VolumeError) -> [InterruptedFlow] {
        do {
            var interrupted: [InterruptedFlow] = []
            for flow in try await store.left().map(\.flow) + store.abandoned() + store.suspended() {
                interrupted.append(InterruptedFlow(flow: flow, obstacle: try await obstacle(to: flow)))
            }
            return interrupted
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// What keeps this program from carrying on a flow, as far as it can be told without taking hold of the flow.
    private func obstacle(to flow: FlowDetail) async throws -> String? {
        do throws(UnknownOperation) {
            _ = try catalog.operation(of: flow)
        } catch {
            return error.description
        }
        return try await store.history(of: flow.id)?.journal.unreadable.first?.description
    }

    /// Finishes or undoes what processes that have died were doing.
    ///
    /// Flows of processes that are alive are left alone. To be called before anything else is asked of the service; when
    /// there is nothing to do, it costs one query.
    ///
    /// - Parameter announce: is told of each flow that has been claimed, with the step that was running, before anything is
    ///   done about it, which may take long.
    /// - Returns: one for each flow that was taken up, oldest first.
    @discardableResult
    public func recover(
        announcing announce: @escaping @Sendable (FlowDetail, _ interruptedStep: String?) -> Void = { _, _ in },
        telling tell: @escaping @Sendable (Recovery) -> Void = { _ in }
    ) async throws(VolumeError) -> [Recovery] {
        do {
            guard !isReadOnly else { return [] }
            for left in try await store.left() { announce(left.flow, nil) }
            var recoveries = try await waitForLeftPrograms()
            for found in try await interrupted() {
                guard let recovery = try await recover(found, announce) else { continue }
                recoveries.append(recovery)
                tell(recovery)
            }
            return recoveries
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// How many flows ``recover()`` would take up.
    public func interruptedFlowCount() async throws(VolumeError) -> Int {
        do {
            return try await store.abandoned().count
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// Tries once more what a flow could not undo.
    ///
    /// - Throws: `revertIncomplete` when something is still left; `conflict` when the flow has not failed; or is of a
    ///   kind or version that this program doesn't know; of a removal, what ``delete(_:)`` throws, unless
    ///   the volume is found untouched, and then is available again.
    public func retry(_ flow: FlowID) async throws(VolumeError) {
        let (detail, _) = try await self.flow(flow)
        guard detail.state == .failure, detail.resolution == nil else {
            throw VolumeError(
                .conflict,
                "flow \(flow) has nothing to retry",
                cause: "it is \(detail.resolution?.note ?? detail.state.rawValue.lowercased())",
                remedies: ["volumectl flow show \(flow)"]
            )
        }
        do {
            let operation = try catalog.operation(of: detail)
            switch operation.retryPolicy {
            case .restoreOrRemove:
                let request = try JSONDecoder().decode(DeleteVolumeRequest.self, from: Data(detail.request.utf8))
                try await retryRemoval(detail, of: request.volume)
            case .goOnReverting:
                let engine = try await Engine(resuming: flow, with: operation.recipe, in: store)
                guard try await engine.advance() == .failure else { return }
                throw failure(of: FinishedFlow(engine), headline: operation.headline(detail.subject))
            }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// `nil` when somebody else was faster.
    private func recover(_ found: InterruptedFlow, _ announce: (FlowDetail, String?) -> Void) async throws -> Recovery?
    {
        let flow = found.flow
        if let obstacle = found.obstacle {
            return Recovery(flow: flow, interruptedStep: nil, state: nil, problem: obstacle)
        }
        let operation = try catalog.operation(of: flow)
        let journal = try await store.history(of: flow.id)?.journal.readable ?? []
        let last = journal.last { $0.state == .running || $0.state == .reverting }
        do {
            // Whoever was faster may have finished it, before the claim or since it was listed.
            guard try await store.progress(of: flow.id)?.isLeftAlone == true else { return nil }
            let engine = try await Engine(resuming: flow.id, with: operation.recipe, in: store)
            guard !engine.state.isFinished else { return nil }
            announce(flow, last?.atom)
            let ended = try await carryOn(engine, operation)
            let problem = ended.failures.map(\.description).joined(separator: "; ")
            return Recovery(
                flow: flow,
                interruptedStep: last?.atom,
                state: ended.state,
                problem: problem.isEmpty ? nil : problem
            )
        } catch is ClaimRefused {
            return nil
        } catch let error as RecipeMismatch {
            return Recovery(flow: flow, interruptedStep: last?.atom, state: nil, problem: "\(error)")
        } catch let error as UnreadableRow {
            return Recovery(flow: flow, interruptedStep: last?.atom, state: nil, problem: "\(error)")
        }
    }
}
