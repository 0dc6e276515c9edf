internal import ArgumentParser
internal import Foundation
internal import Identity
internal import PoolConfiguration
internal import SQL
internal import VolumeAPI
internal import VolumeDriver
internal import Volumes

struct PoolCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pool",
        abstract: "List, show and claim pools.",
        subcommands: [ListPools.self, ShowPool.self, ClaimPool.self]
    )
}

struct ListPools: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List pools.", aliases: ["list"])

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let pools = try await service.poolStatuses()
        try await output.print(
            pools.map(PoolView.init),
            as: settings.output,
            ids: pools.map(\.report.name),
            none: "no pools",
            columns: [
                .init(title: "NAME"), .init(title: "DRIVER"), .init(title: "STATE"),
                .init(title: "TOTAL", isNumber: true), .init(title: "FREE", isNumber: true),
                .init(title: "PROVISIONED", isNumber: true), .init(title: "OVERCOMMIT", isExtra: true),
                .init(title: "VOLS", isNumber: true), .init(title: "WHY", fit: .shortened),
            ]
        ) { row(pools[$0]) }
    }

    private func row(_ pool: PoolStatus) -> [String] {
        let report = pool.report
        let ratio = report.capabilities?.isThin == true ? "of \(report.overSubscriptionRatio)x" : "-"
        let used = report.capacity.map { capacity in
            Double(pool.provisioned.size.bytes) / Double(max(1, capacity.total.bytes))
        }
        let others = pool.sharesRoomWith.joined(separator: ", ")
        let sharing = others.isEmpty ? "" : "shares its space with \(others)"
        return [
            report.name, report.kind, report.problem == nil ? "up" : "down",
            report.capacity.map { "\($0.total)" } ?? "-", report.capacity.map { "\($0.free)" } ?? "-",
            "\(pool.provisioned.size)", (used.map { "\(($0 * 100).rounded() / 100)x " } ?? "- ") + ratio,
            "\(pool.provisioned.volumes)",
            report.problem.map(Self.shortReason) ?? sharing,
        ]
    }

    /// The last part of the text, which a tool or the system said; `pool show` prints all of it.
    private static func shortReason(_ problem: String) -> String {
        let reason = problem.components(separatedBy: ": ").last { !$0.isEmpty } ?? problem
        return reason.split(separator: "\n").joined(separator: " ")
    }
}

struct ShowPool: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a pool's features, capacity and health."
    )

    @Argument(help: "The pool's name.") var pool: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let status = try await explaining(pool, settings) { try await service.poolStatus(pool) }
        let health = try await service.poolHealth(pool)
        let view = PoolDetailView(status, health, configured: settings.driverOptions[pool] ?? [:])
        if output.quiet {
            try Console.result(view.pool.name)
        } else if settings.output == .json {
            try Console.result(json: view)
        } else {
            try Console.result(view.lines(as: settings.output))
        }
    }
}

/// A pool as JSON.
struct PoolView: Encodable {
    let schema = "volumectl.pool/v1"
    let name: String
    let driver: String
    let state: String
    @Nullable var reason: String?
    @Nullable var totalBytes: Int64?
    @Nullable var freeBytes: Int64?
    let promisedBytes: Int64
    let volumes: Int
    @Nullable var isThin: Bool?
    @Nullable var granuleBytes: Int64?
    let overSubscriptionRatio: Double
    let reservedPercentage: Int
    /// The mark that identifies the pool.
    @Nullable var mark: String?
    @Nullable var remedy: String?
    let sharesRoomWith: [String]

    init(_ pool: PoolStatus) {
        let report = pool.report
        name = report.name
        driver = report.kind
        state = report.problem == nil ? "up" : "down"
        _reason = Nullable(wrappedValue: report.problem)
        _totalBytes = Nullable(wrappedValue: report.capacity?.total.bytes)
        _freeBytes = Nullable(wrappedValue: report.capacity?.free.bytes)
        promisedBytes = pool.provisioned.size.bytes
        volumes = pool.provisioned.volumes
        _isThin = Nullable(wrappedValue: report.capabilities?.isThin)
        _granuleBytes = Nullable(wrappedValue: report.capabilities?.granule.bytes)
        overSubscriptionRatio = report.overSubscriptionRatio
        reservedPercentage = report.reservedPercentage
        _mark = Nullable(wrappedValue: report.mark?.description)
        _remedy = Nullable(wrappedValue: report.remedies.first?.text)
        sharesRoomWith = pool.sharesRoomWith
    }
}
