internal import Synchronization
public import VolumeDriver

/// A driver that wraps another one, supports the same features, and injects faults into its calls.
public struct FaultDriver: Sendable {
    /// `faulty`.
    public static let kind = "faulty"

    let base: any VolumeDriver
    private let plan: FaultPlan
    private let late: LateEffects

    /// - Parameters:
    ///   - base: the wrapped driver.
    ///   - plan: decides which fault a call has.
    public init(_ base: any VolumeDriver, plan: @escaping FaultPlan) {
        self.init(base, late: LateEffects(), plan: plan)
    }

    private init(_ base: any VolumeDriver, late: LateEffects, plan: @escaping FaultPlan) {
        self.base = base
        self.late = late
        self.plan = plan
    }

    /// Injects the same faults into another driver.
    func wrapping(_ other: any VolumeDriver) -> FaultDriver { FaultDriver(other, late: late, plan: plan) }

    /// Waits until all delayed effects have happened.
    public func settle() async { await late.wait() }

    func call<Value: Sendable>(
        _ call: DriverCall,
        _ body: @escaping @Sendable (any VolumeDriver) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        guard let fault = plan(call) else { return try await body(base) }
        return try await perform(fault, call, body)
    }

    /// Makes a call that takes a size.
    func call(
        _ call: DriverCall,
        size: ByteCount,
        _ body: @escaping @Sendable (any VolumeDriver, ByteCount) async throws(DriverError) -> Void
    ) async throws(DriverError) {
        let fault = plan(call)
        var size = size
        if fault == .doneAtHalfSize {
            let granule = base.capabilities.granule
            size = ByteCount(bytes: size.bytes / 2)?.roundedUp(to: granule) ?? size
        }
        let asked = size
        let sized = { @Sendable (base: any VolumeDriver) async throws(DriverError) in try await body(base, asked) }
        guard let fault else { return try await sized(base) }
        try await perform(fault, call, sized)
    }

    private func perform<Value: Sendable>(
        _ fault: Fault,
        _ call: DriverCall,
        _ body: @escaping @Sendable (any VolumeDriver) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
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
                    // The caller has been told that the call failed.
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
        case .doneWithoutEffect:
            if let nothing = () as? Value { return nothing }
            return try await body(base)
        case .doneAtHalfSize:
            return try await body(base)
        }
    }

    private func injected(_ code: DriverError.Code, _ call: DriverCall, _ moment: String) -> DriverError {
        DriverError(code, "'\(call.rawValue)' was told to fail \(moment)", mayRetry: true)
    }
}

/// Delayed effects that have not happened yet.
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
