public import Identity
internal import SQLStore
public import TaskFlow
public import VolumeAPI

extension VolumeService {
    /// Waits for a flow to finish, whichever process runs it. A flow that no process runs is run here or in a worker.
    ///
    /// - Throws: the flow's failure; `timedOut` at the deadline of `control`; `notFound`; `cancelled` if the task is
    ///   cancelled. The flow continues in the last case and at a deadline.
    public func wait(for flow: FlowID, control: RequestControl) async throws(VolumeError) {
        do { try await requireFlow(flow) } catch { throw VolumeError(translating: error) }
        let detail = try await finish(of: flow, control: control)
        guard detail.state != .success else { return }
        let (stored, journal) = try await self.flow(flow)
        let operation = try? catalog.operation(of: stored)
        throw failure(
            of: FinishedFlow(stored, journal: journal),
            headline: operation?.headline(stored.subject) ?? "flow \(flow) failed"
        )
    }

    /// Has a flow reverted, whichever process runs it. Waits for the revert unless `control` says otherwise.
    ///
    /// - Throws: what ``requestCancel(_:)`` throws; `revertIncomplete` when not everything could be undone; `timedOut`.
    public func cancel(_ flow: FlowID, control: RequestControl) async throws(VolumeError) {
        try require(.cancelFlow, "flow \(flow) was not cancelled", instead: .showFlow(flow))
        try await requestCancel(flow)
        if SQLStore.rehearsal != nil { return }
        guard control.waits else {
            do {
                if try await store.progress(of: flow)?.isLeftAlone == true { try worker?(flow) }
            } catch {
                throw VolumeError(translating: error)
            }
            return
        }
        do {
            try await wait(for: flow, control: control)
        } catch  where error.code == .cancelled && !Task.isCancelled {
            return
        }
    }

    /// Waits for a flow to finish, as ``wait(for:control:)`` does.
    ///
    /// - Returns: the finished flow.
    func finish(of flow: FlowID, control: RequestControl) async throws(VolumeError) -> FlowDetail {
        do {
            var (pause, hasCancelled) = (Self.shortestPause, false)
            while true {
                let found = try await store.progress(of: flow, serving: registry.places).orMissing(flow)
                guard !found.detail.state.isFinished else { return found.detail }
                if let rehearsal = SQLStore.rehearsal { throw rehearsal.ends(.waits(for: found.detail)) }
                if found.isLeftAlone, try await !isLeftToWorker(found.detail) { try await takeOver(flow, control) }
                if let deadline = control.deadline, deadline < .now {
                    guard control.cancelsAtDeadline else { throw VolumeError.timedOut(found.detail) }
                    if !hasCancelled { try? await requestCancel(flow) }
                    hasCancelled = true
                }
                try await Task.sleep(for: pause)
                pause = min(pause * 3 / 2, Self.longestPause)
            }
        } catch is CancellationError {
            throw VolumeError(
                .cancelled,
                "stopped waiting for flow \(flow)",
                aftermath: "the flow goes on",
                remedies: [.waitForFlow(flow), .cancelFlow(flow)],
                flow: flow
            )
        } catch {
            throw VolumeError(translating: error)
        }
    }

    private func takeOver(_ flow: FlowID, _ control: RequestControl) async throws {
        guard let worker else { return try await resume(flow) }
        try worker(flow)
        // Gives the worker time to claim the flow.
        try await Task.sleep(for: .seconds(1))
    }

    /// How often to poll a flow that has just started; a poll reads one row.
    static var shortestPause: Duration { .milliseconds(20) }

    static var longestPause: Duration { .milliseconds(500) }
}

extension VolumeError {
    fileprivate static func timedOut(_ flow: FlowDetail) -> VolumeError {
        VolumeError(
            .timedOut,
            "\(flow.name) of \"\(flow.subject)\" has not finished within the given time",
            aftermath: "still running: the flow goes on",
            remedies: [.waitForFlow(flow.id), .cancelFlow(flow.id)],
            flow: flow.id
        )
    }
}
