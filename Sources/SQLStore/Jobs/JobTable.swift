internal import FoundationEssentials
internal import Identity
internal import SQL
internal import TaskFlow

/// All statements about jobs, and no others.
struct JobTable {
    let connection: any SQLConnection
    /// Whether the process recorded under a number is gone.
    let isGone: (Int64) -> Bool

    static let schema = Schema(
        name: "job",
        steps: [
            """
            CREATE TABLE job (
                number INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                name TEXT NOT NULL,
                flow TEXT NOT NULL,
                version INTEGER NOT NULL,
                request TEXT NOT NULL,
                run TEXT NOT NULL,
                subject TEXT NOT NULL,
                priority TEXT NOT NULL,
                rank INTEGER NOT NULL,
                posted_by TEXT NOT NULL,
                posted_at INTEGER NOT NULL,
                changed_at INTEGER NOT NULL,
                owner TEXT,
                owner_lock INTEGER NOT NULL DEFAULT 0,
                lease INTEGER NOT NULL DEFAULT 0,
                expires_at INTEGER,
                trash_reason TEXT
            ) STRICT;
            CREATE INDEX job_posted ON job (rank DESC, number) WHERE trash_reason IS NULL;
            CREATE INDEX job_owned ON job (number) WHERE trash_reason IS NULL AND owner IS NOT NULL;
            CREATE INDEX job_trashed ON job (number) WHERE trash_reason IS NOT NULL;
            """,
            "CREATE INDEX job_run ON job (run);",
            "ALTER TABLE job ADD COLUMN scope TEXT;",
            """
            ALTER TABLE job ADD COLUMN place TEXT;
            CREATE INDEX job_placed ON job (place, rank DESC, number) WHERE trash_reason IS NULL AND owner IS NULL;
            """,
        ]
    )

    func insert(_ job: Job, at time: Date) throws {
        try connection.writeRow(
            """
            INSERT INTO job
                (id, name, flow, version, request, run, subject, scope, priority, rank, posted_by, posted_at,
                changed_at, place)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO NOTHING
            """,
            job.id,
            job.name,
            job.details.flow,
            job.details.version,
            job.details.request,
            job.details.run,
            job.details.subject,
            job.details.scope,
            job.priority,
            job.priority.rank,
            job.postedBy,
            time,
            time,
            job.details.place?.name,
            orThrow: JobRefused(job.id, .exists)
        )
    }

    func find(_ job: JobID) throws -> JobRecord? {
        try connection.query("SELECT \(Self.columns) FROM job WHERE id = ? AND trash_reason IS NULL", job)
            .first.map { try $0.decoded(of: "job", by: record) }
    }

    /// The oldest job of a run on the board. Its record is not read, so that no process is buried before the job is locked.
    func job(of run: FlowID) throws -> JobID? {
        try connection.query(
            "SELECT id FROM job WHERE run = ? AND trash_reason IS NULL ORDER BY number LIMIT 1",
            run
        )
        .first.map { try $0(0) }
    }

    /// Stores the job's place, owner and lease.
    func update(_ record: JobRecord, lock: Int64) throws {
        try connection.write(
            """
            UPDATE job SET place = ?, owner = ?, owner_lock = ?, lease = ?, expires_at = ?, changed_at = ? WHERE id = ?
            """,
            record.job.details.place?.name,
            record.owner,
            lock,
            record.leaseNumber,
            record.expiresAt,
            record.changedAt,
            record.job.id
        )
    }

    /// Removes the job from the trash, if it is there.
    func deleteTrashed(_ job: JobID) throws {
        try connection.write("DELETE FROM job WHERE id = ? AND trash_reason IS NOT NULL", job)
    }

    func delete(_ job: JobID) throws {
        try connection.write("DELETE FROM job WHERE id = ?", job)
    }

    func trash(_ job: JobID, because reason: String, at time: Date) throws {
        try connection.write(
            "UPDATE job SET owner = NULL, expires_at = NULL, changed_at = ?, trash_reason = ? WHERE id = ?",
            time,
            reason,
            job
        )
    }

    /// The jobs on the board, in the order in which they should run.
    func list(limit: Int) throws -> Listing<JobRecord> {
        try list("trash_reason IS NULL", limit: limit).mapReadable { $0.map(\.record) }
    }

    /// The jobs that may be claimed by a conductor that serves `places`, in the order in which they should run. All jobs
    /// with an owner are read, because the table doesn't record which owners are dead.
    func unclaimed(servedAt places: Places = .all, at time: Date, limit: Int) throws -> Listing<JobRecord> {
        let owned =
            try connection.query(
                "SELECT \(Self.columns), number FROM job WHERE trash_reason IS NULL AND owner IS NOT NULL"
            )
            .decoded(of: "job", by: numbered)
        // A query for each place, so that jobs that wait for other places aren't read.
        let free = try Self.conditions(on: places)
            .map { condition, place in
                try list("trash_reason IS NULL AND owner IS NULL" + condition, place, limit: limit)
            }
        let found = Listing(
            readable: free.flatMap(\.readable) + owned.readable,
            unreadable: free.flatMap(\.unreadable) + owned.unreadable
        )
        return found.mapReadable { jobs in
            jobs.filter { $0.record.state(at: time) == .unclaimed && places.serve($0.record.job.details.place) }
                .sorted { left, right in
                    (right.record.job.priority, left.number) < (left.record.job.priority, right.number)
                }
                .prefix(limit).map(\.record)
        }
    }

    func trashed() throws -> Listing<TrashedJob> {
        try connection.query(
            "SELECT \(Self.columns), trash_reason FROM job WHERE trash_reason IS NOT NULL ORDER BY number"
        )
        .decoded(of: "job") { TrashedJob(try record($0).job, because: try $0(Self.columnCount)) }
    }

    /// The jobs that meet `condition`, in the order in which they should run: up to `limit` readable ones, in addition
    /// to any unreadable ones before them.
    private func list(
        _ condition: String,
        _ place: Place? = nil,
        limit: Int
    ) throws -> Listing<(number: Int, record: JobRecord)> {
        var count = limit
        while true {
            let rows = try connection.query(
                """
                SELECT \(Self.columns), number FROM job
                WHERE \(condition) ORDER BY rank DESC, number LIMIT ?
                """,
                (place.map { [$0.name] } ?? []) + [count]
            )
            let found = rows.decoded(of: "job", by: numbered)
            if found.readable.count >= limit || rows.count < count {
                return found.mapReadable { Array($0.prefix(limit)) }
            }
            count += found.unreadable.count
        }
    }

    private static let columns = """
        id, name, flow, version, request, run, subject, priority, posted_by, posted_at, changed_at, \
        owner, owner_lock, lease, expires_at, scope, place
        """
    private static let columnCount = 17

    private static func conditions(on places: Places) -> [(condition: String, place: Place?)] {
        guard case .only(let served) = places else { return [("", nil)] }
        return [(" AND place IS NULL", nil)] + served.map { (" AND place = ?", $0) }
    }

    private func numbered(_ row: SQLRow) throws -> (number: Int, record: JobRecord) {
        (try row(Self.columnCount), try record(row))
    }

    private func record(_ row: SQLRow) throws -> JobRecord {
        let details = JobDetails(
            flow: try row(2),
            version: try row(3),
            request: try row(4),
            run: try row(5),
            subject: try row(6),
            scope: try row(15),
            place: try row(16, as: String?.self).map { Place($0) }
        )
        let job = Job(try row(1), details: details, id: try row(0), priority: try row(7), by: try row(8))
        let (owner, lease): (String?, Int) = (try row(11), try row(13))
        guard (0..<Int.max).contains(lease) else { throw row.mistake(in: 13, "is not a valid number of leases") }
        return JobRecord(
            job,
            postedAt: try row(9),
            changedAt: try row(10),
            owner: owner,
            leaseNumber: lease,
            expiresAt: try row(14),
            isForsaken: owner == nil ? false : isGone(try row(12))
        )
    }
}
