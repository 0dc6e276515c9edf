internal import Synchronization

extension Engine {
    /// Executes or reverts a step that has been started, and records the outcome. An outcome for which a lost claim may be the
    /// reason is not one of the step, not even a success, as that may be what a step makes of a failure: it is repeated by
    /// whoever has the claim then.
    ///
    /// - Parameter claim: the claim on the run; `nil` if the run isn't stored yet.
    nonisolated func perform(_ atom: Int, isRepetition: Bool, under claim: Claim?) async throws {
        var call = flow.withLock { $0.call(of: atom, isRepetition: isRepetition) }
        call.context.reporter = ProgressReporter(engine: self, step: atom)
        let context = call.context
        // The first claim of a run that isn't stored yet is the one that it will have.
        func confirm() throws { try store.confirm(claim ?? Claim(flow: id, epoch: 1)) }
        try confirm()
        if context.isReverting {
            do {
                try await context.shielding { [call, options] in
                    try await options.surround(step: call.context) { try await call.limit.apply(call.revert) }
                }
                try confirm()
                try flow.withLock { try $0.reverted(atom) }
            } catch {
                try confirm()
                try flow.withLock { try $0.revertFailed(atom, with: error) }
            }
        } else {
            do {
                let produced = try await TaskContext.$current.withValue(context) { [call] in
                    guard call.limit != nil || options.instrument != nil else {
                        return try await execute(call, of: atom)
                    }
                    return try await options.surround(step: call.context) {
                        try await call.limit.apply { try await self.execute(call, of: atom) }
                    }
                }
                try confirm()
                try flow.withLock { try $0.succeeded(atom, with: produced) }
            } catch  where Task.isCancelled || error is CutShort {
                flow.withLock { $0.interrupted(atom) }
            } catch {
                try confirm()
                try flow.withLock { try $0.failed(atom, with: error) }
            }
        }
    }

    /// Executes the call; a retry in a task of its own, which a suspension cancels, since it has no effects and may
    /// pause for long.
    private nonisolated func execute(_ call: Call, of atom: Int) async throws -> Produced {
        guard call.isRetry else { return try await call.execute() }
        let attempt = Task { try await call.execute() }
        flow.withLock { flow in
            flow.preparing[atom] = attempt
            if flow.isSuspending { attempt.cancel() }
        }
        defer { flow.withLock { $0.preparing[atom] = nil } }
        do {
            return try await withTaskCancellationHandler {
                try await attempt.value
            } onCancel: {
                attempt.cancel()
            }
        } catch  where attempt.isCancelled {
            throw CutShort()
        }
    }
}

/// The execution of a retry ended because it was cancelled.
private struct CutShort: Error {}
