internal import VolumeAPI
internal import VolumeDriver

/// The findings of one check.
struct Findings {
    private let check: Finding.Check
    private let subject: String?
    private(set) var problems: [Finding] = []

    /// How many problems of one kind are told.
    private static let most = 20

    init(_ check: Finding.Check, _ subject: String? = nil) { (self.check, self.subject) = (check, subject) }

    /// Adds a problem.
    ///
    /// - Parameter subject: which one; `nil` for that of the check.
    mutating func add(
        _ severity: HealthFinding.Severity,
        of subject: String? = nil,
        _ message: String,
        isFixable: Bool = false,
        try remedies: Remedy...
    ) {
        add(severity, of: subject, message, isFixable: isFixable, try: remedies)
    }

    mutating func add(
        _ severity: HealthFinding.Severity,
        of subject: String? = nil,
        _ message: String,
        isFixable: Bool = false,
        try remedies: [Remedy]
    ) {
        add(Finding(severity, check, subject ?? self.subject, message, remedies: remedies, isFixable: isFixable))
    }

    /// Adds a problem that another check has found.
    mutating func add(_ finding: Finding) { problems.append(finding) }

    /// The problems, or one finding that there are none. Of very many, the first ones are told, and how many more there are.
    func told(orElse summary: String) -> [Finding] {
        guard !problems.isEmpty else { return [Finding(.ok, check, subject, summary)] }
        guard problems.count > Self.most,
            let next = problems.dropFirst(Self.most).max(by: { $0.severity < $1.severity })
        else { return problems }
        let rest = Finding(
            next.severity,
            check,
            subject,
            "and \(problems.count - Self.most) more",
            remedies: next.remedies,
            isFixable: next.isFixable
        )
        return problems.prefix(Self.most) + [rest]
    }
}
