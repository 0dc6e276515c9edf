internal import ArgumentParser
internal import Foundation
internal import Identity
internal import PoolConfiguration
internal import SQL
internal import TaskFlow
internal import VolumeAPI

struct Report: ChangingCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a page about pools, quotas and what failed lately.",
        discussion: """
            One HTML file that refers to nothing outside, needs no script, and can be
            printed: pools and quotas as bars, the failures among the newest flows with
            their reasons, and each of these flows as a timeline. Whose role permits it sees
            the quotas of all projects. The file is replaced as a whole.

            EXAMPLE:
              volumectl report --html /var/www/html/volumes.html
            """
    )

    @Option(help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file(extensions: ["html"]))
    var html: String

    @Option(parsing: .unconditional, help: "How many of the newest flows to show.")
    var flows = 50

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "write a report to \(html)" }

    private var file: WrittenFile { WrittenFile(html, of: "the report", permissions: 0o600) }

    func validate() throws {
        guard (0...1000).contains(flows) else { throw ValidationError("--flows must be a number from 0 to 1000") }
    }

    func rehearse(_ service: any VolumeClient, _ settings: Settings) async throws {
        _ = try await service.quota()
        try file.check()
        try output.print(.changes, of: deed, as: settings.output)
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try file.check()
        let page = ReportPage(
            database: "\(settings.database)",
            project: service.scope.project,
            time: Date(),
            pools: try await service.poolStatuses(),
            quotas: try await quotas(service),
            flows: try await newestFlows(service)
        )
        try file.write(page.markup.text)
        if settings.output == .json {
            try Console.result(json: ReportView(file: html, pools: page.pools.count, flows: page.flows.count))
        } else {
            let count = page.flows.count
            try Console.result(
                output.quiet ? html : "\(html)  a report; pools: \(page.pools.count), flows: \(count)"
            )
        }
    }

    private func quotas(_ service: any VolumeClient) async throws -> [QuotaStatus] {
        do {
            return try await service.auditQuota(allProjects: true, fixing: false)
        } catch {
            guard error.code == .notPermitted else { throw error }
            return [try await service.quota()]
        }
    }

    private func newestFlows(_ service: any VolumeClient) async throws -> [ReportPage.Flow] {
        var found: [ReportPage.Flow] = []
        guard flows > 0 else { return [] }
        for try await page in service.flowPages(after: nil, limit: flows, of: flows) {
            for detail in page.readable {
                // The history of one may have been deleted since.
                guard let journal = try? await service.flow("\(detail.id)").journal else { continue }
                found.append(.readable(detail, journal))
            }
            for row in page.unreadable { found.append(.unreadable(row)) }
        }
        return found
    }
}

/// A written report as JSON.
private struct ReportView: Encodable {
    let schema = "volumectl.report/v1"
    let file: String
    let pools: Int
    let flows: Int
}
