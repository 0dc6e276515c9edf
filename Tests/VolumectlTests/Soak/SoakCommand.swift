/// A command on volumes that only one soak worker changes.
enum SoakCommand {
    case create(String, mebibytes: Int)
    case clone(String, as: String)
    case restore(String, snapshot: String, as: String)
    case snapshot(String, as: String)
    case unsnapshot(String, snapshot: String)
    case revert(String, to: String)
    case extend(String)
    case remove(String, isCascading: Bool)
    case attach(String)
    case detach(String)
    case label(String)

    var words: [String] {
        switch self {
        case .create(let name, let mebibytes): ["create", name, "\(mebibytes)M"]
        case .clone(let source, let name): ["clone", source, name]
        case .restore(let source, let snapshot, let name): ["create", name, "--snapshot", "\(source)@\(snapshot)"]
        case .snapshot(let name, let snapshot): ["snapshot", "create", name, snapshot]
        case .unsnapshot(let name, let snapshot): ["snapshot", "rm", "\(name)@\(snapshot)", "-y"]
        case .revert(let name, let snapshot): ["snapshot", "revert", name, snapshot, "-y"]
        case .extend(let name): ["resize", name, "+1M"]
        case .remove(let name, let isCascading): ["rm", name, "-y"] + (isCascading ? ["--cascade"] : [])
        case .attach(let name): ["attach", name]
        case .detach(let name): ["detach", name]
        case .label(let name): ["set", name, "--label", "soaked=yes"]
        }
    }

    static func random(among names: [String], using generator: inout SeededGenerator) -> SoakCommand {
        func name() -> String { names.randomElement(using: &generator) ?? "" }
        func snapshot() -> String { Bool.random(using: &generator) ? "s1" : "s2" }
        switch Int.random(in: 0..<18, using: &generator) {
        case 0...3: return .create(name(), mebibytes: .random(in: 1...3, using: &generator))
        case 4: return .clone(name(), as: name())
        case 5: return .restore(name(), snapshot: snapshot(), as: name())
        case 6...8: return .snapshot(name(), as: snapshot())
        case 9: return .unsnapshot(name(), snapshot: snapshot())
        case 10...11: return .revert(name(), to: snapshot())
        case 12: return .extend(name())
        case 13: return .remove(name(), isCascading: Bool.random(using: &generator))
        case 14: return .attach(name())
        case 15...16: return .detach(name())
        default: return .label(name())
        }
    }

    /// A command on volumes that all workers change, which may fail for many reasons.
    static func shared(using generator: inout SeededGenerator) -> [String] {
        func name() -> String { "shared-\(Int.random(in: 0..<4, using: &generator))" }
        func type() -> String { "type-\(Int.random(in: 0..<2, using: &generator))" }
        let size = "\(Int.random(in: 1...3, using: &generator))M"
        let commands = [
            ["create", name(), size], ["create", name(), size, "--no-wait"],
            ["create", name(), size, "--type", type()],
            ["create", name(), size, "--pool", "traced"], ["create", name(), size, "--pool", "traced"],
            ["create", name(), size, "--timeout", "1s", "--cancel-on-timeout"],
            ["clone", name(), name()], ["create", name(), "--snapshot", name() + "@s1"],
            ["snapshot", "create", name(), "s1"], ["snapshot", "rm", name() + "@s1", "-y"],
            ["snapshot", "revert", name(), "s1", "-y"], ["resize", name(), "+1M"],
            ["set", name(), "--label", "soaked=yes"], ["attach", name()], ["detach", name()],
            ["export", name()], ["unexport", name()], ["export", name()], ["unexport", name()],
            ["rm", name(), "-y"], ["rm", name(), name(), "-y", "--cascade", "--if-exists"],
            ["type", "create", type()], ["type", "rm", type()],
            ["quota", "set", "--volumes", "\(Int.random(in: 8...30, using: &generator))"],
            ["quota", "set", "--type", type(), "--volumes", "\(Int.random(in: 1...3, using: &generator))"],
            ["create", name(), size, "--idempotency-key", "key-\(Int.random(in: 0..<3, using: &generator))"],
            ["ls"], ["show", name()], ["flow", "resume"],
        ]
        let possible = commands.filter { $0[0] != "export" || Machine.has("qemu-nbd") }
        return possible.randomElement(using: &generator) ?? []
    }
}

/// A source of chance that repeats itself (`SplitMix64`).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
