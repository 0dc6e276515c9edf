internal import ArgumentParser
internal import DriverKit
internal import Foundation
internal import VolumeDriver
internal import Volumes

struct DriverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "driver",
        abstract: "What turns volumes into storage.",
        subcommands: [CheckDriver.self, ListRules.self]
    )
}

struct CheckDriver: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a driver against every rule of its contract.",
        discussion: """
            Makes, uses and removes volumes on a pool, which should be a scratch pool. Exits
            with 0 if no rule is broken, else with 1.

            EXAMPLES:
              volumectl driver check loopback
              volumectl driver check loopback --set format=qcow2
              volumectl driver check bulk                  the configured pool "bulk"
              volumectl driver check ./my-driver           an external driver
            """
    )

    @Argument(
        help: ArgumentHelp("A configured pool, a kind of driver, or the path of an external one.", valueName: "driver")
    )
    var name: String
    @Option(help: ArgumentHelp("What a configuration would say to the driver.", valueName: "key=value"))
    var set: [String] = []
    @Option(help: ArgumentHelp("The same as --set path=PATH.", valueName: "path"))
    var path: String?
    @Option(help: ArgumentHelp("Check this rule only; may be given more than once.", valueName: "id"))
    var rule: [String] = []
    @Option(help: ArgumentHelp("The only configuration file to read.", valueName: "file"))
    var config: String?
    @OptionGroup var output: OutputOptions

    var configurationFile: String? { config }

    func check() throws {
        let known = DriverKit.rules.map(\.id)
        if let unknown = rule.first(where: { !known.contains($0) }) {
            let meant = Spelling.nearest(to: unknown, among: known, within: 4)
            throw VolumeError(
                .invalidInput,
                "there is no rule '\(unknown)'" + (meant.map { ", did you mean '\($0)'?" } ?? ""),
                remedies: ["volumectl driver rules"]
            )
        }
        if let bad = set.first(where: { !$0.contains("=") }) {
            throw VolumeError(.invalidInput, "'\(bad)' is not KEY=VALUE", remedies: ["volumectl driver check --help"])
        }
    }

    func run(_ settings: Settings) async throws {
        let scratch = try FileManager.default.url(
            for: .itemReplacementDirectory,
            in: .userDomainMask,
            appropriateFor: FileManager.default.temporaryDirectory,
            create: true
        )
        defer { try? FileManager.default.removeItem(at: scratch) }
        let directory = scratch.resolvingSymlinksInPath().path
        let make = try maker(settings, scratch: directory)
        let rules = DriverKit.rules.filter { rule.isEmpty || rule.contains($0.id) }
        let isTable = settings.output == .table && !output.quiet
        let report = try await DriverKit.check(
            DriverUnderTest(scratchDirectory: directory, make: make),
            rules: rules
        ) { outcome in
            // What can't be printed now is told by the exit status.
            if isTable { try? Console.result(CheckView.lines(of: outcome)) }
        }
        if output.quiet {
            try Console.result(report.failures.map(\.rule))
        } else if isTable {
            try Console.result(CheckView.summary(of: report))
        } else {
            try Console.result(json: CheckView(report))
        }
        if !report.isSuccess { throw ExitCode.failure }
    }

    /// Makes instances of the driver that was named.
    private func maker(_ settings: Settings, scratch: String) throws -> @Sendable () async throws -> any VolumeDriver {
        if let pool = settings.pools.first(where: { $0.name == name }), set.isEmpty, path == nil {
            return { pool.driver }
        }
        var values = Dictionary(
            set.map { pair in
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), String(parts[1]))
            },
            uniquingKeysWith: { $1 }
        )
        values["path"] = path ?? values["path"]
        let kind: DriverKind
        if name.contains("/"), let (executable, key) = DriverRegistry.executable {
            kind = executable
            values[key] = URL(filePath: name).standardizedFileURL.path
        } else if let known = DriverRegistry.kind(name) {
            kind = known
        } else {
            throw VolumeError(
                .notFound,
                "there is no pool and no driver '\(name)'",
                cause:
                    "the pools are \(settings.pools.map(\.name).joined(separator: ", ")), the drivers \(DriverRegistry.names)",
                remedies: ["volumectl pool ls"]
            )
        }
        let names = kind.options.map(\.name)
        if let unknown = values.keys.first(where: { !names.contains(String($0.split(separator: ".")[0])) }) {
            throw VolumeError(
                .invalidInput,
                "driver '\(kind.name)' reads no '\(unknown)'",
                cause: "it reads \(names.joined(separator: ", "))",
                remedies: ["volumectl driver check --help"]
            )
        }
        let driverSettings = DriverSettings(pool: "check", stateDirectory: scratch, values: values) { key, problem in
            .configuration([key], problem, from: "--set")
        }
        return { try await kind.make(driverSettings) }
    }
}

struct ListRules: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rules", abstract: "List the rules that drivers keep.")

    func run() throws {
        try Console.result(Table([.init(title: "RULE"), .init(title: "FOR"), .init(title: "SAYS")], rows: rows).lines)
    }

    private var rows: [[String]] {
        DriverKit.rules.map { [$0.id, $0.feature.isEmpty ? "all" : $0.feature.description, $0.sentence] }
    }
}
