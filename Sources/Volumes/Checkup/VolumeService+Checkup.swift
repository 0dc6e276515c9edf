internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
internal import TaskFlow
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Compares all records with each other and with the pools of this host, in all projects. A check that can't be made is a
    /// finding, too.
    ///
    /// - Parameter flows: how many ended flows are to be kept; `nil` for all.
    /// - Throws: ``VolumeError``: `notPermitted`.
    public func checkUp(keeping flows: Int? = nil) async throws(VolumeError) -> [Finding] {
        try require(.checkUp, "the service was not checked", instead: .listVolumes)
        var findings = await findings(.database) { try await databaseFindings() }
        let records: CheckedRecords
        do {
            records = try await read { try CheckedRecords(in: $0) }
        } catch {
            return findings + [Self.finding(.volume, of: error)]
        }
        findings += await self.findings(.clock) { try await clockFindings(records) }
        findings += historyFindings(records, keeping: flows)
        findings += await self.findings(.quota) { try await quotaFindings() }
        findings += await self.findings(.capacity) { try await capacityFindings() }
        findings += await self.findings(.flow) { try await flowFindings(records) }
        findings += volumeFindings(records) + snapshotFindings(records)
        findings += await attachmentFindings(records)
        if hostName != nil { findings += await self.findings(.host) { try await hostFindings() } }
        return findings + (await poolFindings())
    }

    private func findings(_ check: Finding.Check, _ look: () async throws -> [Finding]) async -> [Finding] {
        do {
            return try await look()
        } catch {
            return [Self.finding(check, of: VolumeError(translating: error))]
        }
    }

    /// The finding that a check can't be made.
    static func finding(_ check: Finding.Check, _ subject: String? = nil, of error: VolumeError) -> Finding {
        let cause = error.cause.map { ": \($0)" } ?? ""
        let remedies = error.remedies.isEmpty ? [Remedy.advice("mend that, and check again")] : error.remedies
        return Finding(.failure, check, subject, error.message + cause, remedies: remedies)
    }

    /// The remedy for something of a project, as it is typed in that project.
    func remedy(_ remedy: Remedy, in project: String) -> Remedy {
        project == self.project ? remedy : .inProject(project, remedy)
    }
}

// MARK: - The database

extension VolumeService {
    private func databaseFindings() async throws -> [Finding] {
        let condition = try await store.examine()
        var found = Findings(.database)
        for damage in condition.damage {
            let advice = "stop all commands, and put the newest backup in its place by the command restore"
            found.add(.failure, damage, try: .advice(advice))
        }
        if let caution = condition.caution {
            found.add(.warning, caution.message, try: .advice(caution.advice))
        }
        let log = condition.logSize.flatMap(ByteCount.init(bytes:)).map { ", and \($0) in its log" } ?? ""
        return found.told(orElse: "undamaged: \(ByteCount(bytes: condition.size) ?? .zero)\(log)")
    }

    /// How far clocks may differ.
    private static var clockTolerance: TimeInterval { 60 }

    private func clockFindings(_ records: CheckedRecords) async throws -> [Finding] {
        let stored = try await read { try $0.time() }
        let now = Date()
        var found = Findings(.clock)
        let advice = Remedy.advice("set the clock, for example by chrony or systemd-timesyncd: timedatectl")
        let lead = now.timeIntervalSince(stored)
        if abs(lead) > Self.clockTolerance {
            let way = lead > 0 ? "ahead of" : "behind"
            found.add(.warning, "this machine is \(Int(abs(lead))) s \(way) the database's", try: advice)
        }
        if let newest = records.newestEvent, newest.timeIntervalSince(now) > Self.clockTolerance {
            found.add(
                .warning,
                "the newest event is of \(newest.formatted(.iso8601)), which is still to come",
                try: advice
            )
        }
        return found.told(orElse: "as the database's, and after the newest event")
    }

    private func historyFindings(_ records: CheckedRecords, keeping limit: Int?) -> [Finding] {
        var found = Findings(.history)
        let words = "\(records.flowCount.of("flow")) and \(records.eventCount.of("event"))"
        // A change deletes a few, so that some more than the limit is as it should be.
        if let limit, records.flowCount > Int64(limit) + 1000 {
            found.add(
                .warning,
                "\(words) are stored, and \(limit) flows are to be kept",
                try: .advice("each change deletes a few; if it stays so, look for those that have failed"),
                .listFlows
            )
        }
        return found.told(orElse: words)
    }

    private func quotaFindings() async throws -> [Finding] {
        var found = Findings(.quota)
        let quotas = try await auditQuota(allProjects: true)
        let fix = Remedy.fixQuota
        for quota in quotas {
            for difference in quota.differences {
                let (recorded, counted) = (difference.recorded, difference.counted)
                let words = difference.resource.text
                found.add(
                    .failure,
                    of: quota.project,
                    "\(difference.resource.name): \(words(recorded.inUse)) in use and \(words(recorded.reserved)) reserved are "
                        + "recorded, and \(words(counted.inUse)) and \(words(counted.reserved)) are counted",
                    isFixable: true,
                    try: fix
                )
            }
            for flow in quota.staleReservations {
                found.add(
                    .failure,
                    of: quota.project,
                    "flow \(flow) has ended and has a reservation",
                    isFixable: true,
                    try: fix
                )
            }
        }
        return found.told(orElse: "recomputed for \(quotas.count.of("project")), no difference")
    }

    private func capacityFindings() async throws -> [Finding] {
        let (kept, counted) = try await provisionedCapacity()
        var found = Findings(.capacity)
        for pool in Set(kept.keys).union(counted.keys).sorted() where kept[pool] != counted[pool] {
            let (recorded, real) = (kept[pool] ?? ProvisionedCapacity(), counted[pool] ?? ProvisionedCapacity())
            found.add(
                .failure,
                of: pool,
                "\(recorded.size) in \(recorded.volumes.of("volume")) recorded, "
                    + "and \(real.size) in \(real.volumes.of("volume")) counted",
                try: .advice("report this with a copy of the database: it is a defect of the program")
            )
        }
        return found.told(orElse: "recomputed for \(counted.count.of("pool")), no difference")
    }
}
