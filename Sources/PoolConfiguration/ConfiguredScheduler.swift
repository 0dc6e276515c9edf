internal import VolumeAPI
internal import Volumes

/// The scheduler's part of the configuration.
enum ConfiguredScheduler {
    /// The weighers that a configuration can name.
    static let weighers = StandardWeigher.all

    /// Without any factor, the capacity alone decides.
    static func read(_ reader: SettingsReader) async throws -> SchedulerOptions {
        var options = SchedulerOptions()
        var weighings: [SchedulerOptions.Weighing] = []
        var isSet = false
        for weigher in weighers {
            guard let factor = try await reader.double("scheduler", "weighers", weigher.name) else { continue }
            isSet = true
            if factor != 0 { weighings.append(SchedulerOptions.Weighing(weigher, times: factor)) }
        }
        if isSet { options.weighings = weighings }
        options.handler =
            try await reader.oneOf(SchedulerOptions.Handler.self, "scheduler", "weight-handler") ?? .heaviest
        if let attempts = try await reader.int("scheduler", "max-attempts") {
            guard attempts >= 1 else {
                throw reader.error(["scheduler", "max-attempts"], "'\(attempts)' is not a whole number from 1")
            }
            options.maximumAttempts = attempts
        }
        return options
    }

    static func placement(of pool: String, _ reader: SettingsReader) async throws -> PoolPlacement {
        let zone = try await reader.string("pools", pool, "zone")
        if let zone, (try? VolumeName(validating: zone)) == nil {
            throw reader.error(["pools", pool, "zone"], "'\(zone)' is not a name of letters, digits, '.', '_' and '-'")
        }
        return PoolPlacement(
            zone: zone,
            filterFunction: try await expression(["pools", pool, "filter-function"], reader),
            goodnessFunction: try await expression(["pools", pool, "goodness-function"], reader)
        )
    }

    private static func expression(_ key: [String], _ reader: SettingsReader) async throws -> String? {
        guard let text = try await reader.string(key) else { return nil }
        do {
            _ = try PlacementExpression(parsing: text)
        } catch {
            throw reader.error(key, "'\(text)' is no expression: \(error)")
        }
        return text
    }
}
