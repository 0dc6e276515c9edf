internal import ArgumentParser
internal import PoolConfiguration
internal import SQL
internal import VolumeAPI
internal import VolumeDriver

struct Doctor: ChangingCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check everything: the database, quotas, flows, volumes, pools.",
        discussion: """
            Compares all records with each other and with what is really there: damage of
            the database, quotas against volumes, flows that need a person, devices that
            are gone, pools that are down or nearly full, objects without a record and
            records without an object, in all projects. Each finding says what to do.

            Exits with 0 if nothing fails, even with warnings, and with 8 if something
            does. --fix corrects what can be corrected without a loss, the records of
            quotas, and asks first. A pool of another host is checked there.

            EXAMPLES:
              volumectl doctor
              volumectl doctor -o json | jq .failures
              volumectl doctor --fix -y
            """
    )

    @Flag(help: "Correct what can be corrected without a loss.")
    var fix = false

    @Flag(name: .shortAndLong, help: "Correct it without asking.")
    var yes = false

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "record what is counted, where quotas differ" }

    func validate() throws {
        guard fix || !rehearsal.dryRun else { throw ValidationError("--dry-run needs --fix") }
        guard fix || !yes else { throw ValidationError("-y needs --fix") }
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        if fix, !yes, !rehearsal.dryRun {
            try Confirmation.requireTerminal(to: "correct records", .command("doctor --fix -y"))
        }
        var findings = try await service.checkUp(keeping: settings.history.flows)
        let fixable = findings.count(where: \.isFixable)
        if fix, fixable > 0 {
            guard yes || Confirmation.ask("Record what is counted, for \(fixable) findings about quotas?") else {
                throw ExitCode(130)
            }
            try await service.auditQuota(allProjects: true, fixing: true)
            if !rehearsal.dryRun { findings = try await service.checkUp(keeping: settings.history.flows) }
        }
        try print(findings, settings.output)
        guard findings.contains(where: { $0.severity == .failure }) else { return }
        throw ExitCode(VolumeError.Code.revertIncomplete.exitStatus)
    }

    private func print(_ findings: [Finding], _ format: OutputFormat) throws {
        let view = CheckupView(findings)
        if format == .json { return try Console.result(json: view) }
        if output.quiet {
            return try Console.result(findings.filter { $0.severity != .ok }.map { $0.subject ?? $0.check.rawValue })
        }
        var table = Table([.init(title: ""), .init(title: ""), .init(title: ""), .init(title: "", fit: .wrapped)])
        table.isBare = true
        if format == .wide { table.width = nil }
        for finding in findings {
            table.rows.append([finding.word, finding.check.rawValue, finding.subject ?? "", finding.message])
            table.rows += finding.remedies.map { ["", "", "", "try: \($0.text)"] }
        }
        try Console.result(table.lines + [view.summary])
    }
}

/// The result of a checkup as JSON.
private struct CheckupView: Encodable {
    struct FindingView: Encodable {
        /// `ok`, `warning` or `failure`.
        let severity: String
        let check: String
        @Nullable var subject: String?
        let message: String
        let remedies: [RemedyView]
        let fixable: Bool

        init(_ finding: Finding) {
            (severity, check) = (finding.severity.rawValue, finding.check.rawValue)
            _subject = Nullable(wrappedValue: finding.subject)
            message = finding.message
            remedies = finding.remedies.map(RemedyView.init)
            fixable = finding.isFixable
        }
    }

    let schema = "volumectl.checkup/v1"
    let ok: Int
    let warnings: Int
    let failures: Int
    let findings: [FindingView]

    init(_ findings: [Finding]) {
        func count(_ severity: HealthFinding.Severity) -> Int { findings.count { $0.severity == severity } }
        (ok, warnings, failures) = (count(.ok), count(.warning), count(.failure))
        self.findings = findings.map(FindingView.init)
    }

    /// The counts in words.
    var summary: String {
        "\(ok) ok, \(warnings.of("warning")), \(failures.of("failure"))"
    }
}

extension Finding {
    /// The severity as people read it.
    fileprivate var word: String {
        switch severity {
        case .ok: "ok"
        case .warning: "warn"
        case .failure: "FAIL"
        }
    }
}
