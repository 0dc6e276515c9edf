import Identity
import Programs
import Synchronization

/// Executes programs and records them.
final class CountingPrograms: ProgramRunner {
    private let names = Mutex<[String]>([])
    private let system = SystemPrograms()

    func run(
        _ call: ProgramCall,
        line: LineListener?
    ) async throws(ProgramError) -> ProgramResult {
        names.withLock { $0.append(Self.name(of: call)) }
        return try await system.run(call, line: line)
    }

    /// Returns the programs that have been started since the last call, in their order.
    func take() -> [String] {
        names.withLock { names in
            defer { names = [] }
            return names
        }
    }

    /// The program's name, with the command of a program that has several.
    private static func name(of call: ProgramCall) -> String {
        let program = call.program.split(separator: "/").last.map(String.init) ?? call.program
        guard ["rbd", "ceph", "rados", "qemu-img"].contains(program) else { return program }
        // Options with values precede the command.
        var words = call.arguments[...]
        while let word = words.first, word.hasPrefix("--") { words = words.dropFirst(2) }
        let isSnapshot = words.first == "snap"
        return ([program] + words.prefix(isSnapshot ? 2 : 1)).joined(separator: " ")
    }
}
