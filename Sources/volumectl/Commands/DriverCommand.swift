internal import ArgumentParser
internal import DriverKit
internal import Foundation
internal import Identity
internal import PoolConfiguration
internal import VolumeAPI
internal import VolumeDriver

struct DriverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "driver",
        abstract: "Check the drivers of pools.",
        subcommands: [CheckDriver.self, SoakDriver.self, ListRules.self]
    )
}

struct CheckDriver: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a driver against every rule of its contract.",
        discussion: """
            Makes, uses and removes volumes on a pool, which should be a scratch pool.
            Exits with 0 if no rule is broken, else with 1.

            EXAMPLES:
              volumectl driver check loopback
              volumectl driver check loopback --set format=qcow2
              volumectl driver check bulk                  the configured pool "bulk"
              volumectl driver check ./my-driver           an external driver
            """
    )

    @OptionGroup var driver: DriverChoice
    @Option(help: ArgumentHelp("Check only this rule; may be repeated.", valueName: "id"))
    var rule: [String] = []
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How long a rule may take before the driver counts as hung.", valueName: "seconds")
    )
    var timeLimit = 120
    @OptionGroup var output: OutputOptions

    var configurationFile: String? { driver.config }

    func check() throws {
        guard timeLimit > 0 else {
            throw VolumeError(
                .invalidInput,
                "'\(timeLimit)' is not a time limit in seconds",
                remedies: [.command("driver check --help")]
            )
        }
        let known = DriverKit.rules.map(\.id)
        if let unknown = rule.first(where: { !known.contains($0) }) {
            let meant = Spelling.nearest(to: unknown, among: known)
            throw VolumeError(
                .invalidInput,
                "there is no rule '\(unknown)'" + (meant.map { ", did you mean '\($0)'?" } ?? ""),
                remedies: [.command("driver rules")]
            )
        }
        try driver.check()
    }

    func run(_ settings: Settings) async throws {
        let directory = try ScratchSpace.make()
        defer { ScratchSpace.remove(directory) }
        let make = try driver.maker(settings, scratch: directory)
        let instance = try await make()
        try await checkIsUsable(instance)
        let rules = DriverKit.rules.filter { rule.isEmpty || rule.contains($0.id) }
        let isTable = settings.output != .json && !output.quiet
        let report = await DriverKit.check(
            DriverUnderTest(scratchDirectory: directory, timeLimit: .seconds(timeLimit), make: make),
            rules: rules
        ) { outcome in
            // A failure to print is reported by the exit status.
            if isTable { try? Console.result(CheckView.lines(of: outcome)) }
        }
        let view = CheckView(report, of: instance)
        if output.quiet {
            try Console.result(report.failures.map(\.rule))
        } else {
            try isTable ? Console.result(view.summary) : Console.result(json: view)
        }
        if !report.isSuccess { throw ExitCode.failure }
    }

    /// Fails if no call can even read the pool, because every rule would report that again. A single failing call is
    /// left to the rules.
    private func checkIsUsable(_ driver: any VolumeDriver) async throws {
        let failures = await [
            failure { () throws(DriverError) in _ = try await driver.inspect(.random()) },
            failure { () throws(DriverError) in _ = try await driver.list() },
            failure { () throws(DriverError) in _ = try await driver.capacity() },
        ]
        guard let first = failures[0], !failures.contains(nil) else { return }
        throw DriverError(
            first.code,
            "the pool can't be used: \(first.message)",
            cause: first.cause,
            remedy: first.remedy
        )
    }

    private func failure(of call: () async throws(DriverError) -> Void) async -> DriverError? {
        do throws(DriverError) {
            try await call()
            return nil
        } catch {
            return error
        }
    }
}

struct ListRules: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "List the rules that drivers have to follow."
    )

    func run() throws {
        let columns: [Table.Column] = [.init(title: "RULE"), .init(title: "FOR"), .init(title: "SAYS", fit: .wrapped)]
        try Console.result(Table(columns, rows: rows).lines)
    }

    private var rows: [[String]] {
        DriverKit.rules.map { [$0.id, $0.feature.isEmpty ? "all" : $0.feature.description, $0.sentence] }
    }
}

/// A temporary directory of a command.
enum ScratchSpace {
    static func make() throws -> String {
        // The path is short, because sockets of exports are in it. An existing directory is an error.
        let directory = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "volumectl-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: directory,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        return directory.path(percentEncoded: false)
    }

    /// Removes the directory. Files that can't be removed are left to the system's cleaning of temporary files.
    static func remove(_ directory: String) { try? FileManager.default.removeItem(atPath: directory) }
}
