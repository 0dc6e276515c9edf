public import VolumeDriver

/// What a check of the service, its records or its pools has found.
public struct Finding: Sendable, Hashable, Codable {
    /// What was checked. The raw values stand in the output for programs.
    public enum Check: String, Sendable, Hashable, Codable, CaseIterable {
        /// The pages and references of the database.
        case database
        /// The clock of this machine.
        case clock
        /// The number of stored flows and events.
        case history
        /// The recorded usage of quotas.
        case quota
        /// The recorded capacity that pools have promised.
        case capacity
        /// Flows that failed, or that nobody can carry on.
        case flow
        /// The records of volumes.
        case volume
        /// The records of snapshots.
        case snapshot
        /// Devices, servers and mounts of this host.
        case attachment
        /// The other hosts' workers.
        case host
        /// A pool, as its driver sees it.
        case pool
        /// The objects of a pool.
        case object
    }

    /// How severe it is.
    public let severity: HealthFinding.Severity
    /// What was checked.
    public let check: Check
    /// Which one, such as a pool's name; `nil` where there is only one.
    public let subject: String?
    /// The result, with its numbers.
    public let message: String
    /// What a person can do about it; never empty unless the severity is `ok`.
    public let remedies: [Remedy]
    /// Whether ``VolumeClient/auditQuota(allProjects:fixing:)`` corrects it.
    public let isFixable: Bool

    package init(
        _ severity: HealthFinding.Severity,
        _ check: Check,
        _ subject: String? = nil,
        _ message: String,
        remedies: [Remedy] = [],
        isFixable: Bool = false
    ) {
        (self.severity, self.check, self.subject, self.message) = (severity, check, subject, message)
        (self.remedies, self.isFixable) = (remedies, isFixable)
    }
}

/// The requests about the soundness of the service.
public protocol CheckupClient: Sendable {
    /// Compares all records with each other and with the pools of this host, in all projects. A check that can't be made is a
    /// finding, too.
    ///
    /// - Parameter flows: how many ended flows are to be kept; `nil` for all.
    func checkUp(keeping flows: Int?) async throws(VolumeError) -> [Finding]
    /// Looks what the pool holds of a volume or snapshot whose flow has ended without bringing it to rest, and moves it to the
    /// status that fits, if its present status may be followed by that.
    ///
    /// - Parameter reference: a complete name or id of a volume, or `volume@name` of a snapshot.
    func repair(_ reference: String) async throws(VolumeError) -> Repair
}
