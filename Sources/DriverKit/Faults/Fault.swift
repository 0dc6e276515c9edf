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

    /// Whether it only looks.
    public var isRead: Bool {
        switch self {
        case .inspect, .list, .capacity, .inspectSnapshot, .listSnapshots, .attachment, .currentExport,
            .manageableObjects, .poolID:
            true
        default: false
        }
    }
}

/// What goes wrong with a call.
public enum Fault: Sendable, Hashable {
    /// It comes later.
    case delay(Duration)
    /// It fails without an effect.
    case error(DriverError.Code)
    /// It fails after it has had its effect.
    case errorAfterEffect(DriverError.Code)
    /// It fails, and has its effect some time later, when the caller believes that it has not.
    case effectAfterError(DriverError.Code, delay: Duration)
    /// It is cancelled after this time, wherever it is then, and fails.
    case partialEffect(DriverError.Code, after: Duration)
    /// It says that it is done, without an effect. What has to return something does its work.
    case doneWithoutEffect
    /// It says that it is done, with half the size that was asked for. What is asked for no size does its work.
    case doneAtHalfSize
}

/// Decides what goes wrong with each call; `nil` for nothing.
public typealias FaultPlan = @Sendable (DriverCall) -> Fault?

/// Faults that are the same for the same seed and the same calls.
public final class SeededFaults: Sendable {
    private let generator: Mutex<SplitMix64>
    private let rate: Double

    /// - Parameters:
    ///   - seed: which faults.
    ///   - rate: how many of the calls have one, from 0 to 1.
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

/// The calls that have been made.
final class SeenCalls: Sendable {
    private let calls = Mutex<Set<DriverCall>>([])

    func isNew(_ call: DriverCall) -> Bool { calls.withLock { $0.insert(call).inserted } }
}
