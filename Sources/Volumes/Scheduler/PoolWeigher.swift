public import VolumeAPI
public import VolumeDriver

/// Weighs pools that can take a volume; a program may add weighers of its own (`cinder: BaseHostWeigher`).
public protocol PoolWeigher: Sendable {
    /// The name in verdicts and in the configuration.
    var name: String { get }

    /// Returns the pool's value, which is compared with those of the other candidates. Anything but a finite number counts as 0.
    func weight(of pool: WeighedPool) -> Double
}

/// A pool that can take the volume.
public struct WeighedPool: Sendable {
    let survey: PoolSurvey
    /// The position of the pool's report.
    let position: Int
    let room: PoolRoom
    /// The size that the volume gets in it.
    public let size: ByteCount

    /// The pool's report.
    public var report: PoolReport { survey.reports[position] }
    /// The capacity that is provisioned in it.
    public var provisioned: ProvisionedCapacity { survey.provisioned(in: position) }
    /// How much more can be provisioned in it.
    public var left: ByteCount { room.virtual }
    /// Whether a share of the free space was requested, rather than a size.
    public var isShare: Bool { survey.request.size.percent != nil }
    /// The values for expressions.
    var properties: ExpressionProperties { survey.properties(of: position, room) }
}

/// A weigher of this module.
public struct StandardWeigher: PoolWeigher {
    /// The name in verdicts and in the configuration.
    public let name: String
    private let value: @Sendable (WeighedPool) -> Double

    private init(_ name: String, _ value: @escaping @Sendable (WeighedPool) -> Double) {
        (self.name, self.value) = (name, value)
    }

    /// Returns the pool's value.
    public func weight(of pool: WeighedPool) -> Double { value(pool) }

    /// The capacity that is left, in GiB; for a share of the free space, the size of the volume (`cinder: CapacityWeigher`).
    public static let capacity = StandardWeigher("capacity") { ($0.isShare ? $0.size : $0.left).gibibytes }

    /// The capacity that is provisioned in the pool, in GiB (`cinder: AllocatedCapacityWeigher`).
    public static let allocatedCapacity = StandardWeigher("allocated-capacity") { $0.provisioned.size.gibibytes }

    /// The number of volumes in the pool (`cinder: VolumeNumberWeigher`).
    public static let volumeNumber = StandardWeigher("volume-number") { Double($0.provisioned.volumes) }

    /// The value of the pool's goodness function, from 0 to 100; 0 if it has none, or its value is no such number (`cinder:
    /// GoodnessWeigher`).
    public static let goodness = StandardWeigher("goodness") { pool in
        guard let text = pool.report.placement?.goodnessFunction,
            let value = try? PlacementExpression.parsed(text).value(with: pool.properties)
        else { return 0 }
        switch value {
        case .number(let number): return (0...100).contains(number) ? number : 0
        case .truth(let truth): return truth ? 100 : 0
        case .text: return 0
        }
    }

    /// A random number (`cinder: ChanceWeigher`).
    public static let chance = StandardWeigher("chance") { _ in .random(in: 0..<1) }

    /// All of them.
    public static let all = [capacity, allocatedCapacity, volumeNumber, goodness, chance]
}

extension ByteCount {
    /// The size in GiB.
    var gibibytes: Double { Double(bytes) / Double(Self.bytesPerGibibyte) }
}
