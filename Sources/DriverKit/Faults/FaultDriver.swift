internal import Synchronization
public import VolumeDriver

/// A driver like the one it wraps, but that its calls go wrong as a plan says. It offers what the wrapped one does.
public struct FaultDriver: Sendable {
    /// `faulty`.
    public static let kind = "faulty"

    let base: any VolumeDriver
    private let plan: FaultPlan
    private let late = LateEffects()

    /// - Parameters:
    ///   - base: what does the work.
    ///   - plan: what goes wrong.
    public init(_ base: any VolumeDriver, plan: @escaping FaultPlan) {
        self.base = base
        self.plan = plan
    }

    /// Waits until every effect that comes after its error is there.
    public func settle() async { await late.wait() }

    func call<Value: Sendable>(
        _ call: DriverCall,
        _ body: @escaping @Sendable (any VolumeDriver) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        guard let fault = plan(call) else { return try await body(base) }
        switch fault {
        case .delay(let delay):
            try? await Task.sleep(for: delay)
            return try await body(base)
        case .error(let code):
            throw injected(code, call, "without an effect")
        case .errorAfterEffect(let code):
            _ = try await body(base)
            throw injected(code, call, "after its effect")
        case .effectAfterError(let code, let delay):
            late.add(
                Task { [base] in
                    try? await Task.sleep(for: delay)
                    // Nobody waits for its outcome any more.
                    _ = try? await body(base)
                }
            )
            throw injected(code, call, "before its effect")
        case .partialEffect(let code, let delay):
            let task = Task { [base] in _ = try? await body(base) }
            try? await Task.sleep(for: delay)
            task.cancel()
            await task.value
            throw injected(code, call, "in the midst of its effect")
        }
    }

    private func injected(_ code: DriverError.Code, _ call: DriverCall, _ moment: String) -> DriverError {
        DriverError(code, "'\(call.rawValue)' was told to fail \(moment)", mayRetry: true)
    }
}

/// Effects that are still to come.
private final class LateEffects: Sendable {
    private let tasks = Mutex<[Task<Void, Never>]>([])

    func add(_ task: Task<Void, Never>) { tasks.withLock { $0.append(task) } }

    func wait() async {
        let all = tasks.withLock { tasks in
            defer { tasks = [] }
            return tasks
        }
        for task in all { await task.value }
    }
}
