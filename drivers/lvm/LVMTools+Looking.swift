import Identity
import Programs
import VolumeDriver

extension LVMTools {
    /// Which logical volumes to report.
    enum Selection {
        case all
        /// The one with this name.
        case named(String)
        /// A volume, its snapshots, and whatever depends on it or was made for it.
        case around(VolumeID)

        fileprivate var criteria: [String] {
            switch self {
            case .all: []
            case .named(let name): ["--select", #"lv_name="\#(name)""#]
            case .around(let volume):
                ["--select", #"lv_tags="\#(Tag.volume(volume))" || origin="\#(volume.backendName)""#]
            }
        }
    }

    /// The group's logical volumes. Takes LVM's lock, so that it sees what a command that still runs has yet to write.
    func volumes(_ selection: Selection, to action: String) async throws(DriverError) -> [LogicalVolume] {
        let attempt = try await attempt(
            action,
            "lvs",
            Self.reporting(LVMReport.volumeFields + (pool == nil ? "" : ",vg_tags")) + selection.criteria + [group]
        )
        guard attempt.isSuccess else { throw unreachable(attempt, action) }
        let volumes = try read(attempt, action, LVMReport.logicalVolumes)
        guard pool != nil else { return volumes }
        if let first = volumes.first {
            try check(first.groupTags, to: action)
        } else {
            // Nothing has told of the group.
            _ = try await volumeGroup(to: action)
        }
        return volumes
    }

    /// The group itself.
    func volumeGroup(to action: String) async throws(DriverError) -> VolumeGroup {
        let attempt = try await attempt(action, "vgs", Self.reporting(LVMReport.groupFields) + [group])
        guard attempt.isSuccess else { throw unreachable(attempt, action) }
        guard let found = try read(attempt, action, LVMReport.volumeGroups).first(where: { $0.name == group }) else {
            throw unreachable(attempt, action)
        }
        try check(found.tags, to: action)
        return found
    }

    /// What is free on each of the group's disks.
    func freeSpaces(to action: String) async throws(DriverError) -> [ByteCount] {
        let arguments = Self.reporting("pv_free") + ["--select", #"vg_name="\#(group)""#]
        let attempt = try await attempt(action, "pvs", arguments)
        guard attempt.isSuccess else { throw attempt.error(.broken, "cannot \(action)") }
        return try read(attempt, action, LVMReport.freeSpaces)
    }

    /// The version of LVM.
    func version(to action: String) async throws(DriverError) -> LVMVersion {
        let attempt = try await attempt(action, "lvm", ["version"])
        guard attempt.isSuccess, let version = LVMVersion(parsing: attempt.result.output) else {
            throw attempt.error(.broken, "cannot \(action): LVM does not tell its version")
        }
        return version
    }

    private static func reporting(_ fields: String) -> [String] {
        ["--reportformat", "json", "--units", "b", "--nosuffix", "-o", fields]
    }

    private func read<Value>(
        _ attempt: Attempt,
        _ action: String,
        _ parse: (String) throws(LVMReportError) -> Value
    ) throws(DriverError) -> Value {
        do throws(LVMReportError) {
            guard !attempt.result.isCut else { throw LVMReportError(description: "the report is too long") }
            return try parse(attempt.result.output)
        } catch {
            throw DriverError(
                .broken,
                "cannot \(action): what `\(attempt.call)` writes can't be understood",
                cause: error.description,
                remedy: "run it by hand; LVM 2.02.158 or newer is needed"
            )
        }
    }

    private func unreachable(_ attempt: Attempt, _ action: String) -> DriverError {
        attempt.error(
            .retryableElsewhere,
            "cannot \(action): volume group '\(group)' is not usable",
            remedy: "look at `vgs \(group)` as root; make it by `vgcreate \(group) DEVICE...`"
        )
    }
}
