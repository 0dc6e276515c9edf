internal import Foundation
internal import PostgreSQL
internal import VolumeAPI
internal import Volumes

/// How a host's worker, `volumed`, works.
public struct WorkerOptions: Sendable, Hashable {
    /// How often it reports the host's pools (`cinder: report_interval`).
    public var reportInterval = Duration.seconds(5)
    /// How many flows it runs at once in a pool.
    public var flowsPerPool = 4
    /// How long it lets steps go on after it has been told to stop, before it interrupts them.
    public var stopLimit = Duration.seconds(20)
    /// How long the processes of this host hold what they work on after a server has last heard of them.
    public var lease = LeaseTerms.standard.duration

    /// The defaults.
    public init() {}

    init(_ reader: SettingsReader) async throws {
        if let seconds = try await Self.seconds("report-interval", reader) { reportInterval = seconds }
        if let seconds = try await Self.seconds("stop-limit", reader) { stopLimit = seconds }
        if let seconds = try await Self.seconds("lease", reader) {
            guard seconds >= .seconds(1) else {
                throw reader.error(["worker", "lease"], "a lease lasts for a second at least")
            }
            lease = seconds
        }
        if let flows = try await reader.limit("worker", "flows-per-pool", from: 1, default: flowsPerPool) {
            flowsPerPool = flows
        }
    }

    /// A number of seconds, 1 to a day; `nil` if it is not set.
    static func seconds(_ key: String, _ reader: SettingsReader) async throws -> Duration? {
        guard let seconds = try await reader.double("worker", key) else { return nil }
        guard (0.1...86_400).contains(seconds) else {
            throw reader.error(["worker", key], "\(seconds) is not between 0.1 and 86400 seconds")
        }
        return .seconds(seconds)
    }
}

extension HostOptions {
    /// The configured host; on a database that several hosts can share, the name of this machine unless one is configured.
    static func read(_ reader: SettingsReader, on database: ConfiguredDatabase) async throws -> HostOptions? {
        let limit = try await WorkerOptions.seconds("report-limit", reader)
        let machine = database.path == nil ? ProcessInfo.processInfo.hostName : nil
        guard let name = try await reader.string("host") ?? machine else { return nil }
        guard (try? VolumeName(validating: name)) != nil else {
            throw reader.error(["host"], "'\(name)' is not a name of letters, digits, '.', '_' and '-'")
        }
        return HostOptions(name: name, reportLimit: limit ?? defaultReportLimit)
    }
}
