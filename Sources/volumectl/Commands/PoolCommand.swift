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
        abstract: "List, show, enable, disable and claim pools, and list their objects.",
        subcommands: [
            ListPools.self, ShowPool.self, EnablePool.self, DisablePool.self, DrainPool.self,
            ListPoolObjects.self, ClaimPool.self,
        ]
    )
}

struct ListPools: ListCommand {
    typealias Record = PoolStatus

    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List pools.", aliases: ["list"])

    @OptionGroup var list: ListOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        try await print(try await service.poolStatuses(), by: service, settings, id: \.report.name, view: PoolView.init)
    }
}

struct ShowPool: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a pool's features, capacity and health."
    )

    @Argument(help: "The pool's name.", completion: .pools) var pool: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let status = try await explaining(pool, settings) { try await service.poolStatus(pool) }
        let health = try await service.poolHealth(pool)
        let view = PoolDetailView(
            status,
            health,
            configured: status.report.reportedAt == nil
                ? settings.driverOptions[status.report.configuredName] ?? [:] : [:]
        )
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
    /// Whether the ratio follows from how much of the provisioned capacity is in use.
    let overSubscriptionIsAutomatic: Bool
    let reservedPercentage: Int
    /// The mark that identifies the pool.
    @Nullable var mark: String?
    @Nullable var remedy: String?
    let sharesRoomWith: [String]
    /// The availability zone.
    @Nullable var zone: String?
    /// The host that alone reaches it.
    @Nullable var host: String?
    /// When another host reported it; `null` for a pool that this host has asked.
    @Nullable var reportedAt: String?
    /// The disabling of the pool in words: when, by whom and why.
    @Nullable var disabledSince: String?
    @Nullable var disabledBy: String?
    @Nullable var disabledReason: String?

    init(_ pool: PoolStatus) {
        let report = pool.report
        name = report.name
        driver = report.kind
        state = pool.word
        _zone = Nullable(wrappedValue: report.placement?.zone)
        _host = Nullable(wrappedValue: report.host)
        _reportedAt = Nullable(wrappedValue: report.reportedAt?.timestamp)
        _disabledSince = Nullable(wrappedValue: pool.disabling?.since.timestamp)
        _disabledBy = Nullable(wrappedValue: pool.disabling?.user)
        _disabledReason = Nullable(wrappedValue: pool.disabling?.reason)
        _reason = Nullable(wrappedValue: report.problem)
        _totalBytes = Nullable(wrappedValue: report.capacity?.total.bytes)
        _freeBytes = Nullable(wrappedValue: report.capacity?.free.bytes)
        promisedBytes = pool.provisioned.size.bytes
        volumes = pool.provisioned.volumes
        _isThin = Nullable(wrappedValue: report.capabilities?.isThin)
        _granuleBytes = Nullable(wrappedValue: report.capabilities?.granule.bytes)
        overSubscriptionRatio = pool.overSubscriptionRatio
        overSubscriptionIsAutomatic = report.hasAutomaticRatio
        reservedPercentage = report.reservedPercentage
        _mark = Nullable(wrappedValue: report.mark?.description)
        _remedy = Nullable(wrappedValue: report.remedies.first?.text)
        sharesRoomWith = pool.sharesRoomWith
    }
}

extension PoolStatus {
    /// The state as people and programs read it: `up`, `down`, `disabled` or `draining`.
    var word: String { disabling?.word ?? (report.problem == nil ? "up" : "down") }
}
