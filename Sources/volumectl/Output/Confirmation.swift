internal import Foundation
internal import VolumeAPI

/// A question to a person before a command does something that can't be undone.
enum Confirmation {
    /// Refuses to go on where a question can't be answered.
    ///
    /// - Parameters:
    ///   - subject: the request, as the words after "cannot".
    ///   - remedies: what to do instead.
    /// - Throws: `invalidInput` if standard input is not a terminal.
    static func requireTerminal(to subject: String, _ remedies: Remedy...) throws(VolumeError) {
        guard isatty(STDIN_FILENO) != 1 else { return }
        throw VolumeError(
            .invalidInput,
            "cannot \(subject) without confirmation",
            cause: "standard input is not a terminal, and -y is not given",
            remedies: remedies
        )
    }

    /// Asks a question, and returns whether the answer is yes. Asks nobody in a dry run.
    static func ask(_ question: String) -> Bool {
        guard !DryRun.isOn else { return true }
        Console.note(question + " [y/N]")
        return ["y", "yes"].contains(readLine()?.lowercased())
    }
}
