@testable import Varlink

/// Random numbers that are the same for the same seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Gives mutations of valid messages and descriptions to everything that reads what others send. What is accepted
/// becomes a sample itself, so that mutations go further and further from the first ones.
struct Fuzzer {
    /// What reads the mutations.
    enum Target: CaseIterable {
        case call, reply, framing, interface
    }

    /// How many mutations were read and accepted.
    private(set) var accepted = 0
    private(set) var executions = 0

    private var random: SplitMix
    private var samples: [Target: [[UInt8]]]
    private let service: Service
    private static let mostSamples = 2048

    init(seed: UInt64) throws {
        random = SplitMix(seed: seed)
        service = try FuzzService.make()
        samples = [
            .call: FuzzService.calls.map { Array($0.utf8) },
            .reply: FuzzService.replies.map { Array($0.utf8) },
            .framing: FuzzService.calls.map { Array(($0 + "\0").utf8) },
            .interface: [FuzzService.interface, StandardInterface.text].map { Array($0.utf8) },
        ]
    }

    mutating func run(_ count: Int) {
        for index in 0..<count {
            let target = Target.allCases[index % Target.allCases.count]
            let mutation = mutation(for: target)
            executions += 1
            guard read(mutation, as: target) else { continue }
            accepted += 1
            keep(mutation, for: target)
        }
    }

    private mutating func keep(_ mutation: [UInt8], for target: Target) {
        guard mutation.count <= 2000 else { return }
        let index = Int.random(in: 0..<Self.mostSamples, using: &random)
        if samples[target, default: []].count < Self.mostSamples {
            samples[target]?.append(mutation)
        } else {
            samples[target]?[index] = mutation
        }
    }

    private mutating func mutation(for target: Target) -> [UInt8] {
        var bytes = samples[target]?.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let start = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, start + Int.random(in: 0...12, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where start < bytes.count: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes.insert(.random(in: 0...255, using: &random), at: start)
            case 2: bytes.removeSubrange(start..<end)
            case 3: bytes.insert(contentsOf: bytes[start..<end], at: start)
            case 4:
                let other = samples[target]?.randomElement(using: &random) ?? []
                bytes.replaceSubrange(start..., with: other.suffix(.random(in: 0...other.count, using: &random)))
            default:
                let word = FuzzService.words.randomElement(using: &random) ?? ""
                bytes.replaceSubrange(start..<end, with: word.utf8)
            }
        }
        return bytes
    }

    /// Returns whether the target accepts the bytes. A violated rule ends the process.
    private mutating func read(_ bytes: [UInt8], as target: Target) -> Bool {
        switch target {
        case .call: readCall(bytes)
        case .reply: readReply(bytes)
        case .framing: readFraming(bytes)
        case .interface: readInterface(bytes)
        }
    }

    private mutating func readCall(_ bytes: [UInt8]) -> Bool {
        guard let message = try? CallMessage(bytes) else { return false }
        precondition(!message.wantsMore || !message.isOneway)
        if UInt8.random(in: 0..<8, using: &random) == 0 { checkText(bytes) }
        do throws(CallError) {
            _ = try service.prepare(message)
        } catch {
            precondition(error.name.hasPrefix("org.varlink.service."))
            precondition((try? service.encode(error)) != nil, "an error can't be written")
        }
        return true
    }

    /// A text that was accepted is read as the same value after it was written.
    private func checkText(_ bytes: [UInt8]) {
        do {
            let value = try JSON(text: JSONText.encode(JSON(text: bytes, depth: 64)), depth: 64)
            let again = try JSON(text: JSONText.encode(value), depth: 64)
            precondition(again == value, "a text changed its meaning")
        } catch {
            preconditionFailure("a text can't be written again: \(error)")
        }
    }

    private func readReply(_ bytes: [UInt8]) -> Bool {
        do {
            let reply = try ReplyMessage(bytes)
            return (try? reply.decodeParameters(as: FuzzService.Answer.self)) != nil
        } catch {
            return error is CallError
        }
    }

    /// The messages are the same however the bytes arrive.
    private mutating func readFraming(_ bytes: [UInt8]) -> Bool {
        let limits = MessageLimits(bytes: 300, descriptors: 0)
        var whole = MessageBuffer(limits)
        var parts = MessageBuffer(limits)
        let fails = (try? whole.append(bytes)) == nil
        var rest = bytes[...]
        var partsFail = false
        while !rest.isEmpty, !partsFail {
            let part = rest.prefix(.random(in: 1...rest.count, using: &random))
            rest = rest.dropFirst(part.count)
            partsFail = (try? parts.append(part)) == nil
        }
        precondition(fails == partsFail, "a limit depends on how the bytes arrive")
        while let message = whole.next() {
            precondition(parts.next()?.bytes == message.bytes, "a message depends on how its bytes arrive")
        }
        precondition(fails || parts.next() == nil && parts.hasHalf == whole.hasHalf)
        return !fails
    }

    private func readInterface(_ bytes: [UInt8]) -> Bool {
        guard let interface = try? Interface(String(decoding: bytes, as: UTF8.self)) else { return false }
        precondition(interface.name.contains("."))
        for method in interface.methods.values {
            _ = interface.firstViolation(in: ["name": .object(["next": .null])], of: method.parameters)
        }
        return true
    }
}
