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

extension VolumeService {
    /// Finishes or undoes what processes that have died were doing.
    ///
    /// Flows of processes that are alive are left alone. To be called before anything else is asked of the service; when
    /// there is nothing to do, it costs one query.
    ///
    /// - Returns: one for each flow that was taken up, oldest first.
    public func recover() async throws(VolumeError) -> [Recovery] {
        do {
            guard !isReadOnly else { return [] }
            var recoveries = try await waitForLeftPrograms()
            for flow in try await store.abandoned() {
                if let recovery = try await recover(flow) { recoveries.append(recovery) }
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
        guard detail.state == .failure else {
            throw VolumeError(
                .conflict,
                "flow \(flow) has nothing to retry",
                cause: "it is \(detail.state.rawValue.lowercased())",
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
                throw await failure(of: engine, headline: operation.headline(detail.subject))
            }
        } catch {
            throw VolumeError(translating: error)
        }
    }

    /// `nil` when somebody else was faster.
    private func recover(_ flow: FlowDetail) async throws -> Recovery? {
        let operation: Operation
        do {
            operation = try catalog.operation(of: flow)
        } catch {
            return Recovery(flow: flow, interruptedStep: nil, state: nil, problem: error.description)
        }
        let journal = try await store.history(of: flow.id)?.journal.readable ?? []
        let last = journal.last { $0.state == .running || $0.state == .reverting }
        do {
            let engine = try await Engine(resuming: flow.id, with: operation.recipe, in: RecoveringStore(store))
            let state = try await engine.advance()
            let problem = engine.failures.map(\.description).joined(separator: "; ")
            return Recovery(
                flow: flow,
                interruptedStep: last?.atom,
                state: state,
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
