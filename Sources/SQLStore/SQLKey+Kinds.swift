internal import Identity
public import SQL
internal import TaskFlow

extension SQLKey.Kind {
    /// The scopes of runs, which come first: a transaction knows its scope before it begins.
    public static let scope = SQLKey.Kind(rank: 100, name: "scope")
    /// The jobs of boards, which come last: an engine moves a job at the end of a transaction.
    static let job = SQLKey.Kind(rank: 900, name: "job")
}

extension SQLKey {
    /// The key of what belongs to a scope of runs (`FlowDetail.scope`), such as a project.
    public static func scope(_ scope: String) -> SQLKey { SQLKey(.scope, scope) }

    /// The key of a job on a board.
    static func job(_ job: JobID) -> SQLKey { SQLKey(.job, job.description) }
}
