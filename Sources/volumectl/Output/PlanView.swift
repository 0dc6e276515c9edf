internal import Identity
internal import VolumeAPI
internal import VolumeDriver

/// A plan as JSON.
struct PlanView: Encodable {
    struct Quota: Encodable {
        let resource: String
        let used: Int64
        let asked: Int64
        @Nullable var limit: Int64?
    }

    let schema = "volumectl.plan/v1"
    let project: String
    /// The id of the volume that satisfies the request already.
    @Nullable var existing: String?
    @Nullable var pool: String?
    let sizeBytes: Int64
    let quotas: [Quota]
    let pools: [VerdictView]
    let steps: [String]

    init(_ plan: VolumePlan) {
        project = plan.project
        _existing = Nullable(wrappedValue: plan.existing?.id.description)
        _pool = Nullable(wrappedValue: plan.pool)
        sizeBytes = plan.size.bytes
        quotas = plan.quotas.map { quota in
            Quota(resource: quota.resource, used: quota.used, asked: quota.asked, limit: quota.limit)
        }
        pools = plan.verdicts.map(VerdictView.init)
        steps = plan.steps
    }
}

extension OutputOptions {
    /// Prints a plan: the chosen pool, JSON, or tables.
    func print(_ plan: VolumePlan, as format: OutputFormat, explains: Bool) throws {
        if quiet {
            try Console.result(plan.pool ?? "")
        } else if format == .json {
            try Console.result(json: PlanView(plan))
        } else {
            try Console.result(plan.lines(explains: explains))
            Console.note("note: nothing was changed")
        }
    }
}

extension OutputOptions {
    /// Prints what a create would do, as every dry run does, and how its pool would be chosen.
    ///
    /// - Parameter name: the volume's name; `nil` for one that gets none.
    func print(_ rehearsal: Rehearsal, of plan: VolumePlan, _ name: VolumeName?, as format: OutputFormat) throws {
        guard !quiet else { return }
        let volume = name.map { "volume \"\($0)\"" } ?? "a volume"
        let deed = "create \(volume), \(plan.size), in pool \(plan.pool ?? "-")"
        if format == .json {
            let view = RehearsedPlanView(plan: PlanView(plan), rehearsal: RehearsalView(rehearsal, of: deed))
            return try Console.result(json: view)
        }
        try Console.result([rehearsal.words(of: deed), ""] + plan.lines(explains: false))
        Console.note("note: nothing was changed")
    }
}

/// A dry run with the plan, as JSON: the keys of both.
private struct RehearsedPlanView: Encodable {
    let plan: PlanView
    let rehearsal: RehearsalView

    func encode(to encoder: any Encoder) throws {
        try plan.encode(to: encoder)
        try rehearsal.encode(to: encoder)
    }
}

extension VolumePlan {
    fileprivate func lines(explains: Bool) -> [String] {
        if let existing {
            return [
                "volume \"\(existing.label)\" exists already with this specification, in pool \(existing.pool ?? "-")"
            ]
        }
        let quota = Table(
            [
                .init(title: "QUOTA"), .init(title: "USED", isNumber: true), .init(title: "AFTER", isNumber: true),
                .init(title: "LIMIT", isNumber: true),
            ],
            rows: quotas.map { quota in
                [
                    quota.resource, text(quota.used, quota), text(quota.used.addingSaturated(quota.asked), quota),
                    quota.limit.map { text($0, quota) } ?? "unlimited",
                ]
            }
        )
        let verdicts =
            explains
            ? VerdictTable.explanation(self.verdicts, width: Console.width)
            : VerdictTable.lines(self.verdicts, width: Console.width, indent: "")
        return quota.lines + [""] + verdicts + ["", "STEPS  " + steps.joined(separator: " > ")]
    }

    private func text(_ amount: Int64, _ quota: Quota) -> String {
        quota.isSize ? ByteCount(bytes: amount).map { "\($0)" } ?? "\(amount)" : "\(amount)"
    }
}

extension Int64 {
    /// The sum, or the largest number if the sum is larger.
    fileprivate func addingSaturated(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
