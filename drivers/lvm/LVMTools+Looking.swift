import Identity
import Programs
import VolumeDriver

extension LVMTools {
    /// The logical volumes to report.
    enum Selection {
        case all
        /// The logical volume with this name.
        case named(String)
        /// A volume, its snapshots, and everything that depends on it or was created for it.
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

    /// Lists the group's logical volumes. Takes LVM's lock, so that it waits for changes of running commands.
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
            // Without logical volumes the report does not contain the group's tags.
            _ = try await volumeGroup(to: action)
        }
        return volumes
    }

    /// Returns the group.
    func volumeGroup(to action: String) async throws(DriverError) -> VolumeGroup {
        let attempt = try await attempt(action, "vgs", Self.reporting(LVMReport.groupFields) + [group])
        guard attempt.isSuccess else { throw unreachable(attempt, action) }
        guard let found = try read(attempt, action, LVMReport.volumeGroups).first(where: { $0.name == group }) else {
            throw unreachable(attempt, action)
        }
        try check(found.tags, to: action)
        return found
    }

    /// Returns the free space of each of the group's disks.
    func freeSpaces(to action: String) async throws(DriverError) -> [ByteCount] {
        let arguments = Self.reporting("pv_free") + ["--select", #"vg_name="\#(group)""#]
        let attempt = try await attempt(action, "pvs", arguments)
        guard attempt.isSuccess else { throw attempt.error(.broken, "cannot \(action)") }
        return try read(attempt, action, LVMReport.freeSpaces)
    }

    /// Whether the kernel refuses writes to the device of an active logical volume.
    func refusesWrites(_ name: String, to action: String) async throws(DriverError) -> Bool {
        let mapping = device(name).dropFirst("/dev/mapper/".count)
        let result = try await run(action, "dmsetup", ["info", "-c", "--noheadings", "-o", "attr", String(mapping)])
        // Four letters as in dmsetup(8): live, inactive, suspended, and `r` or `w`.
        return result.output.trimmingPrefix(while: \.isWhitespace).prefix { !$0.isWhitespace }.last == "r"
    }

    /// Returns the version of LVM.
    func version(to action: String) async throws(DriverError) -> LVMVersion {
        let attempt = try await attempt(action, "lvm", ["version"])
        guard attempt.isSuccess, let version = LVMVersion(parsing: attempt.result.output) else {
            throw attempt.error(.broken, "cannot \(action): LVM does not report its version")
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
                "cannot \(action): the output of `\(attempt.call)` can't be parsed",
                cause: error.description,
                remedy: "run it by hand; LVM 2.02.158 or newer is needed"
            )
        }
    }

    private func unreachable(_ attempt: Attempt, _ action: String) -> DriverError {
        attempt.error(
            .retryableElsewhere,
            "cannot \(action): volume group '\(group)' is not usable",
            remedy: "look at `vgs \(group)` as root; create it by `vgcreate \(group) DEVICE...`"
        )
    }
}
