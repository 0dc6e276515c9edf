internal import ArgumentParser
internal import PoolConfiguration
internal import VolumeAPI

extension VolumeError {
    /// The argument parser's message in the form of every other error.
    static func usage(_ message: String, of arguments: [String]) -> VolumeError {
        let words = CommandWords(arguments)
        if let unknown = words.unknown { return .unknownCommand(unknown, after: words) }
        if words.command == Create.self, message.hasPrefix("Unknown option"), let size = misplacedSize(in: arguments) {
            return .misplacedSize(size, of: words)
        }
        // Many accepted values are on a line each.
        let lines = message.split(separator: "\n")
        let head = (lines.first ?? "").replacing(". Please provide one of the following:", with: "")
        let values = lines.dropFirst().map { $0.drop { " -".contains($0) } }
        return VolumeError(
            .invalidInput,
            unknownOption(message, in: arguments, of: words.command) ?? head.prefix(1).lowercased() + head.dropFirst(),
            cause: values.isEmpty ? nil : "it is one of \(values.joined(separator: ", "))",
            remedies: [.advice("\(words.path) --help")]
        )
    }

    /// The error for `--dry-run` that the parser has taken for the value of the option before it, so that the command would
    /// make the change; `nil` if it has not.
    static func dryRunTakenForValue(in arguments: [String], of command: any ConfiguredCommand) -> VolumeError? {
        guard let command = command as? any ChangingCommand, !command.rehearsal.dryRun,
            let place = arguments.prefix(while: { $0 != "--" }).firstIndex(of: "--dry-run"), place > 0
        else { return nil }
        return VolumeError(
            .invalidInput,
            "'\(arguments[place - 1])' has no value: '--dry-run' follows it",
            remedies: [.advice("\(CommandWords(arguments).path) --help")]
        )
    }

    /// The error for a request for help about a command that does not exist; `nil` if it exists.
    static func unknownTopic(of arguments: [String]) -> VolumeError? {
        let words = CommandWords(arguments)
        return arguments.contains("help") ? words.unknown.map { .unknownCommand($0, after: words) } : nil
    }

    /// The message about an unknown option, with the option that may be meant. The parser reads `-size` as single
    /// letters.
    private static func unknownOption(
        _ message: String,
        in arguments: [String],
        of command: any ParsableCommand.Type
    ) -> String? {
        guard message.hasPrefix("Unknown option") else { return nil }
        let known = command.longOptions
        func meant(by option: String) -> String? {
            let word = String(option.drop { $0 == "-" }.prefix { $0 != "=" })
            return known.contains(word) ? word : Spelling.nearest(to: word, among: known)
        }
        let single = arguments.first { $0.wholeMatch(of: /-[a-z][a-z-]{2,}(=.*)?/) != nil && meant(by: $0) != nil }
        guard let unknown = single ?? message.firstMatch(of: /'(-[^']*)'/).map({ String($0.1) }) else { return nil }
        let option = unknown.prefix { $0 != "=" }
        return "there is no option '\(option)'" + (meant(by: unknown).map { ", did you mean '--\($0)'?" } ?? "")
    }

    private static func unknownCommand(_ unknown: String, after words: CommandWords) -> VolumeError {
        let names = words.command.configuration.subcommands.flatMap { $0.names }
        let meant = Spelling.nearest(to: unknown, among: names)
        return VolumeError(
            .invalidInput,
            "there is no command '\(words.path) \(unknown)'" + (meant.map { ", did you mean '\($0)'?" } ?? ""),
            cause: "the commands are \(names.sorted().joined(separator: ", "))",
            remedies: (meant.map { [Remedy.advice("\(words.path) \($0) --help")] } ?? []) + [
                .advice("\(words.path) --help")
            ]
        )
    }

    /// A size that looks like an option: `-1`, `-s-1` or `-s10G`.
    private static func misplacedSize(in arguments: [String]) -> String? {
        let sizes = zip([""] + arguments, arguments).filter { $0.0 != "--name" }
            .compactMap { $0.1.wholeMatch(of: /-s(-?[0-9].*|max)|(-[0-9].*)/) }
        return sizes.first.flatMap { $0.1 ?? $0.2 }.map(String.init)
    }

    private static func misplacedSize(_ size: String, of words: CommandWords) -> VolumeError {
        do {
            _ = try SizeExpression(parsing: size)
        } catch {
            return VolumeError(
                .invalidInput,
                "cannot create a volume: \(error)",
                remedies: [.advice("\(words.path) --size 10G"), .advice("\(words.path) --help")]
            )
        }
        return VolumeError(
            .invalidInput,
            "there is no option '-s\(size)', did you mean '-s \(size)'?",
            remedies: [.advice("\(words.path) --size \(size)"), .advice("\(words.path) --help")]
        )
    }
}

/// The leading arguments that name a command.
private struct CommandWords {
    private(set) var command: any ParsableCommand.Type = VolumeCtl.self
    private(set) var path = "volumectl"
    /// The word in the place of a command's name that names none.
    private(set) var unknown: String?

    init(_ arguments: [String]) {
        for word in arguments where word != "help" {
            let subcommands = command.configuration.subcommands
            guard !subcommands.isEmpty, !word.hasPrefix("-") else { return }
            guard let next = subcommands.first(where: { $0.names.contains(word) }) else {
                unknown = word
                return
            }
            command = next
            path += " \(word)"
        }
    }
}

extension ParsableCommand {
    /// The names of the options with more than one letter.
    fileprivate static var longOptions: [String] {
        helpMessage(columns: 200).matches(of: /--([a-z][a-z-]+)/).map { String($0.1) }
    }

    fileprivate static var names: [String] {
        (configuration.commandName.map { [$0] } ?? []) + configuration.aliases
    }
}
