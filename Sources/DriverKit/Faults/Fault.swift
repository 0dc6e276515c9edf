internal import Synchronization
public import VolumeDriver

/// A call of the contract.
public enum DriverCall: String, Sendable, Hashable, Codable, CaseIterable {
    case create, delete, inspect, list, capacity
    case extend
    case createSnapshot, deleteSnapshot, inspectSnapshot, listSnapshots, createFromSnapshot
    case revert
    case clone
    case writeImage, readImage
    case attach, detach, attachment
    case export, unexport, currentExport
    case manageableObjects, manage, unmanage
    case setUp
    case poolID, markPool

    /// Whether the call changes nothing.
    public var isRead: Bool {
        switch self {
        case .inspect, .list, .capacity, .inspectSnapshot, .listSnapshots, .attachment, .currentExport,
            .manageableObjects, .poolID:
            true
        default: false
        }
    }
}

/// A fault of a call.
public enum Fault: Sendable, Hashable {
    /// The call is delayed.
    case delay(Duration)
    /// The call fails without an effect.
    case error(DriverError.Code)
    /// The call fails after its effect.
    case errorAfterEffect(DriverError.Code)
    /// The call fails, and has its effect later, when the caller believes that it had none.
    case effectAfterError(DriverError.Code, delay: Duration)
    /// The call is cancelled after this time, and fails.
    case partialEffect(DriverError.Code, after: Duration)
    /// The call reports success without an effect. A call that returns a value is carried out.
    case doneWithoutEffect
    /// The call reports success with half the requested size. A call without a size is carried out.
    case doneAtHalfSize
}

/// Decides which fault a call has; `nil` for none.
public typealias FaultPlan = @Sendable (DriverCall) -> Fault?

/// Faults that are reproducible from a seed and the sequence of calls.
public final class SeededFaults: Sendable {
    private let generator: Mutex<SplitMix64>
    private let rate: Double

    /// - Parameters:
    ///   - seed: determines the faults.
    ///   - rate: the fraction of calls with a fault, from 0 to 1.
    public init(seed: UInt64, rate: Double) {
        generator = Mutex(SplitMix64(seed: seed))
        self.rate = rate
    }

    /// The plan, for a ``FaultDriver``.
    public var plan: FaultPlan { { [self] call in next(call) } }

    private func next(_ call: DriverCall) -> Fault? {
        generator.withLock { generator in
            guard Double.random(in: 0..<1, using: &generator) < rate else { return nil }
            let code = [DriverError.Code.broken, .timedOut, .retryableElsewhere].randomElement(using: &generator)
            let pause = Duration.microseconds(Int.random(in: 0...5000, using: &generator))
            guard let code else { return nil }
            switch Int.random(in: 0..<(call.isRead ? 2 : 5), using: &generator) {
            case 0: return .delay(pause)
            case 1: return .error(code)
            case 2: return .errorAfterEffect(code)
            case 3: return .effectAfterError(code, delay: pause)
            default: return .partialEffect(code, after: pause)
            }
        }
    }
}

/// The calls that were made.
final class SeenCalls: Sendable {
    private let calls = Mutex<Set<DriverCall>>([])

    func isNew(_ call: DriverCall) -> Bool { calls.withLock { $0.insert(call).inserted } }
}
