import Exports
import Programs
public import VolumeDriver

extension LVMDriver: HealthCheckingDriver {
    /// The usage of a thin pool, in percent, from which on it is a warning.
    private static let warningPercent = 80.0
    private static let failurePercent = 95.0

    /// Creates the thin pool if volumes are to be thin and there is none. Groups are created by administrators, because
    /// they take disks.
    public func setUp() async throws(DriverError) {
        let action = "set up volume group '\(tools.group)'"
        do throws(DriverError) {
            if try await layout(to: action).isThin { try await thinPool(to: action) }
        } catch {
            guard error.code == .retryableElsewhere else { throw error }
            throw DriverError(.broken, error.message, cause: error.cause, remedy: error.remedy)
        }
    }

    /// Checks the tools, the group and its disks, the thin pool's data and metadata, and the usage of classic
    /// snapshots.
    public func checkHealth() async -> [HealthFinding] {
        var findings: [HealthFinding] = []
        do throws(DriverError) {
            let version = try await tools.version(to: "ask LVM for its version")
            findings.append(
                version >= .recommended
                    ? .ok("lvm version", "\(version)")
                    : .warning("lvm version", "\(version) is old", remedy: "use \(LVMVersion.recommended) or newer")
            )
            let group = try await tools.volumeGroup(to: "look at volume group '\(tools.group)'")
            findings += groupFindings(group)
            let layout = try await layout(of: group, to: "look at volume group '\(tools.group)'")
            let volumes = try await tools.volumes(.all, to: "look at volume group '\(tools.group)'")
            if layout.isThin { findings += poolFindings(volumes.first { $0.name == options.poolName }) }
            findings += snapshotFindings(volumes)
            if let server { findings.append(server.finding) }
        } catch {
            findings.append(
                .failure(
                    "volume group",
                    error.description,
                    remedy: error.remedy ?? "look at `vgs \(tools.group)` as root"
                )
            )
        }
        return findings
    }

    private func groupFindings(_ group: VolumeGroup) -> [HealthFinding] {
        if group.isPartial || group.missingDevices > 0 {
            return [
                .failure(
                    "volume group",
                    "'\(group.name)' misses \(group.missingDevices) of its disks",
                    remedy: "look at `pvs`; bring them back, or see vgreduce(8) --removemissing"
                )
            ]
        }
        return [.ok("volume group", "'\(group.name)': \(group.free) of \(group.size) are free")]
    }

    private func poolFindings(_ pool: LogicalVolume?) -> [HealthFinding] {
        guard let pool else {
            return [
                .warning(
                    "thin pool",
                    "there is no '\(tools.path(options.poolName))'",
                    remedy: "none: it is created with the first volume"
                )
            ]
        }
        let path = tools.path(pool.name)
        var findings = [stateFinding(pool, path)]
        if ProgramPath.find("thin_check") == nil {
            findings.append(
                .failure(
                    "thin pool tools",
                    "there is no thin_check, without which LVM does not activate thin pools",
                    remedy: "install thin-provisioning-tools"
                )
            )
        }
        if let usage = pool.dataUsage {
            findings.append(
                usageFinding(usage, "thin pool data", remedy: "lvextend -L +SIZE \(path), or delete volumes")
            )
        }
        if let usage = pool.metadataUsage {
            findings.append(
                usageFinding(usage, "thin pool metadata", remedy: "lvextend --poolmetadatasize +SIZE \(path)")
            )
        }
        return findings
    }

    private func stateFinding(_ pool: LogicalVolume, _ path: String) -> HealthFinding {
        let subject = "thin pool"
        guard pool.attributes.isThinPool else {
            return .failure(subject, "'\(path)' is not a thin pool", remedy: "configure another `thin-pool`")
        }
        switch pool.attributes.health {
        case "F": return .failure(subject, "'\(path)' has failed", remedy: "lvconvert --repair \(path)")
        case "D": return .failure(subject, "'\(path)' is out of space for data", remedy: "lvextend -L +SIZE \(path)")
        case "M":
            return .failure(
                subject,
                "the metadata of '\(path)' is read-only",
                remedy: "lvextend --poolmetadatasize +SIZE \(path); lvconvert --repair \(path)"
            )
        default: break
        }
        guard pool.attributes.zeroesNewBlocks else {
            return .failure(
                subject,
                "'\(path)' does not zero new blocks, which may hold data of others",
                remedy: "lvchange --zero y \(path)"
            )
        }
        guard pool.dataPercent != nil else {
            return .warning(
                subject,
                "'\(path)' is not active, so that its usage is unknown",
                remedy: "lvchange -a y -K \(path)"
            )
        }
        return .ok(subject, "'\(path)': \(pool.size)")
    }

    private func usageFinding(_ usage: SpaceUsage, _ subject: String, remedy: String) -> HealthFinding {
        let message = "\(usage.used) of \(usage.total) are used"
        return switch usage.percent {
        case Self.failurePercent...: .failure(subject, message, remedy: remedy)
        case Self.warningPercent...: .warning(subject, message, remedy: remedy)
        default: .ok(subject, message)
        }
    }

    private func snapshotFindings(_ volumes: [LogicalVolume]) -> [HealthFinding] {
        volumes.filter { $0.owner != nil && $0.attributes.isClassicSnapshot }
            .compactMap { snapshot in
                let subject = "snapshot \(snapshot.name)"
                if snapshot.attributes.isInvalidSnapshot {
                    return .failure(subject, "it overflowed, and its content is lost", remedy: "delete it")
                }
                guard let percent = snapshot.dataPercent, percent >= Self.warningPercent else { return nil }
                return .warning(
                    subject,
                    "\(percent) % of its space is used",
                    remedy: "lvextend -l 100%ORIGIN \(tools.path(snapshot.name))"
                )
            }
    }
}
