internal import ArgumentParser
internal import Foundation
internal import SQL
internal import VolumeAPI

struct Metrics: ChangingCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Print what an operator watches, in the text format of Prometheus.",
        discussion: """
            Volumes by project, pool and status, the capacity of pools, quotas, and flows by
            state. For the node exporter, let a timer run
            volumectl metrics --textfile /var/lib/node_exporter/volumectl.prom
            """
    )

    @Option(
        help: ArgumentHelp("Write to this file, which readers find complete at any time.", valueName: "file")
    )
    var textfile: String?

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "write the metrics to \(textfile ?? "")" }

    func validate() throws {
        guard !rehearsal.dryRun || textfile != nil else { throw ValidationError("--dry-run needs --textfile") }
    }

    func rehearse(_ service: any VolumeClient, _ settings: Settings) async throws {
        _ = try await service.metrics()
        try file(textfile ?? "").check()
        try output.print(.changes, of: deed, as: settings.output)
    }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let metrics = try await service.metrics()
        let text = Metric.text(metrics)
        if let textfile { return try file(textfile).write(text) }
        if settings.output == .json {
            try Console.result(json: metrics.map(MetricView.init))
        } else {
            try Notation.$current.withValue(.json) { try Console.result(piece: text) }
        }
    }

    /// A collector runs as another user.
    private func file(_ path: String) -> WrittenFile { WrittenFile(path, of: "the metrics", permissions: 0o644) }
}

/// A metric as JSON.
private struct MetricView: Encodable {
    struct Sample: Encodable {
        let labels: [String: String]
        /// `null` for an unlimited amount.
        @Nullable var value: Double?

        init(_ sample: Metric.Sample) {
            labels = sample.labels
            _value = Nullable(wrappedValue: sample.value.isFinite ? sample.value : nil)
        }
    }

    let schema = "volumectl.metric/v1"
    let name: String
    let help: String
    let type: String
    let samples: [Sample]

    init(_ metric: Metric) {
        (name, help, type) = (metric.name, metric.help, metric.kind.rawValue)
        samples = metric.samples.map(Sample.init)
    }
}
