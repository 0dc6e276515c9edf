/// Limits on the throughput of volumes, which volume types refer to (`cinder: qos specs`). They are stored and shown; no driver
/// enforces them yet.
public struct QoSSpecs: Sendable, Hashable, Codable {
    /// The side that enforces the limits.
    public enum Consumer: String, Sendable, Hashable, Codable, CaseIterable {
        /// The client of the volume, such as a hypervisor.
        case frontEnd = "front-end"
        /// The storage.
        case backEnd = "back-end"
        /// Both.
        case both
    }

    /// The name, unique among all QoS specs.
    public let name: String
    /// The side that enforces the limits.
    public let consumer: Consumer
    /// The limits, by their keys: `total_iops_sec`.
    public let specs: [String: String]
    /// The volume types that refer to them, in order.
    public let types: [String]

    package init(name: String, consumer: Consumer, specs: [String: String], types: [String]) {
        (self.name, self.consumer, self.specs, self.types) = (name, consumer, specs, types)
    }
}

/// A change of QoS specs. `nil` keeps the present value.
public struct QoSChange: Sendable, Hashable, Codable {
    /// The side that enforces the limits; ``QoSSpecs/Consumer/backEnd`` for new ones.
    public var consumer: QoSSpecs.Consumer?
    /// Limits to add, or to give another value.
    public var specs: [String: String]
    /// The keys of limits to remove. Unknown keys are ignored.
    public var removedSpecs: Set<String>

    /// - Parameters:
    ///   - consumer: who enforces the limits.
    ///   - specs: limits to add, or to give another value.
    ///   - removedSpecs: the keys of limits to remove. Unknown keys are ignored.
    public init(
        consumer: QoSSpecs.Consumer? = nil,
        specs: [String: String] = [:],
        removedSpecs: Set<String> = []
    ) {
        (self.consumer, self.specs, self.removedSpecs) = (consumer, specs, removedSpecs)
    }
}
