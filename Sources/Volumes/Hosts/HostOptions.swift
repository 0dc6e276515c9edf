/// The host on which a service runs, among those that use its database.
public struct HostOptions: Sendable {
    /// The host's name.
    public let name: String
    /// How old the last report of another host may be before its pools count as down (`cinder: service_down_time`).
    public let reportLimit: Duration

    /// Half of Cinder's default.
    public static let defaultReportLimit = Duration.seconds(30)

    /// - Parameters:
    ///   - name: the host's name, without `@`.
    ///   - reportLimit: how old the last report of another host may be before its pools count as down.
    public init(name: String, reportLimit: Duration = defaultReportLimit) {
        (self.name, self.reportLimit) = (name, reportLimit)
    }
}
