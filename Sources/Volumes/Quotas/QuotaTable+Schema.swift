internal import SQL

extension QuotaTable {
    static let schemas = [
        Schema(
            name: "quota",
            steps: [
                """
                CREATE TABLE quota_usage (
                    project TEXT PRIMARY KEY,
                    volumes_in_use INTEGER NOT NULL DEFAULT 0 CHECK (volumes_in_use >= 0),
                    bytes_in_use INTEGER NOT NULL DEFAULT 0 CHECK (bytes_in_use >= 0),
                    volumes_reserved INTEGER NOT NULL DEFAULT 0 CHECK (volumes_reserved >= 0),
                    bytes_reserved INTEGER NOT NULL DEFAULT 0 CHECK (bytes_reserved >= 0)
                ) STRICT;
                """
            ]
        ),
        Schema(
            name: "reservation",
            steps: [
                // The column is_reserved said whether a volume's quota was reserved. Only the flow that creates the
                // volume can still cancel the reservation; if that flow was given up, the volume's quota counts as
                // used.
                Schema.Step(
                    """
                    CREATE TABLE quota (
                        project TEXT NOT NULL,
                        resource TEXT NOT NULL,
                        in_use INTEGER NOT NULL DEFAULT 0 CHECK (in_use >= 0),
                        reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
                        hard_limit INTEGER CHECK (hard_limit >= -1),
                        PRIMARY KEY (project, resource)
                    ) STRICT;
                    CREATE TABLE reservation (
                        flow TEXT NOT NULL,
                        project TEXT NOT NULL,
                        resource TEXT NOT NULL,
                        delta INTEGER NOT NULL,
                        PRIMARY KEY (flow, project, resource)
                    ) STRICT;
                    UPDATE volume SET is_reserved = 2
                        WHERE is_reserved = 1 AND status IN ('creating', 'error') AND NOT EXISTS (
                            SELECT 1 FROM flow WHERE flow.id = volume.flow AND resolved_at IS NOT NULL
                        );
                    INSERT INTO reservation SELECT flow, project, 'volumes', 1 FROM volume WHERE is_reserved = 2;
                    INSERT INTO reservation SELECT flow, project, 'gigabytes', size FROM volume WHERE is_reserved = 2;
                    INSERT INTO quota (project, resource, in_use, reserved)
                        SELECT project, 'volumes', volumes_in_use + settled, volumes_reserved - settled FROM (
                            SELECT *, (
                                SELECT COUNT(*) FROM volume WHERE is_reserved = 1 AND volume.project = quota_usage.project
                            ) AS settled FROM quota_usage
                        )
                        UNION ALL
                        SELECT project, 'gigabytes', bytes_in_use + settled, bytes_reserved - settled FROM (
                            SELECT *, (
                                SELECT COALESCE(SUM(size), 0) FROM volume
                                WHERE is_reserved = 1 AND volume.project = quota_usage.project
                            ) AS settled FROM quota_usage
                        );
                    DROP TABLE quota_usage;
                    ALTER TABLE volume DROP COLUMN is_reserved;
                    """,
                    onPostgreSQL: """
                        CREATE TABLE quota (
                            project TEXT NOT NULL,
                            resource TEXT NOT NULL,
                            in_use INTEGER NOT NULL DEFAULT 0 CHECK (in_use >= 0),
                            reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
                            hard_limit INTEGER CHECK (hard_limit >= -1),
                            PRIMARY KEY (project, resource)
                        );
                        CREATE TABLE reservation (
                            flow TEXT NOT NULL,
                            project TEXT NOT NULL,
                            resource TEXT NOT NULL,
                            delta INTEGER NOT NULL,
                            PRIMARY KEY (flow, project, resource)
                        );
                        DROP TABLE quota_usage;
                        ALTER TABLE volume DROP COLUMN is_reserved;
                        """
                )
            ]
        ),
    ]

    /// The usage of volume types, which has to be counted once. It needs the tables of volumes and snapshots.
    static let typesSchema = Schema(
        name: "type_quota",
        steps: [
            """
            INSERT INTO reservation (flow, project, resource, delta)
                SELECT reservation.flow, reservation.project, resource || '_' || type, delta
                FROM reservation JOIN volume ON volume.flow = reservation.flow WHERE type IS NOT NULL
                UNION ALL
                SELECT reservation.flow, reservation.project, resource || '_' || type, delta
                FROM reservation JOIN snapshot ON snapshot.flow = reservation.flow
                    JOIN volume ON volume.id = snapshot.volume
                WHERE type IS NOT NULL;
            INSERT INTO quota (project, resource, in_use, reserved)
                SELECT project, resource, CASE WHEN total > reserved THEN total - reserved ELSE 0 END, reserved FROM (
                    SELECT project, resource, SUM(amount) AS total, COALESCE((
                        SELECT SUM(delta) FROM reservation
                        WHERE reservation.project = counted.project AND reservation.resource = counted.resource
                    ), 0) AS reserved
                    FROM (
                        SELECT project, 'volumes_' || type AS resource, 1 AS amount FROM volume WHERE type IS NOT NULL
                        UNION ALL
                        SELECT project, 'gigabytes_' || type, size FROM volume WHERE type IS NOT NULL
                        UNION ALL
                        SELECT snapshot.project, 'snapshots_' || type, 1
                        FROM snapshot JOIN volume ON volume.id = snapshot.volume WHERE type IS NOT NULL
                        UNION ALL
                        SELECT snapshot.project, 'gigabytes_' || type, snapshot.size
                        FROM snapshot JOIN volume ON volume.id = snapshot.volume WHERE type IS NOT NULL
                    ) AS counted
                    GROUP BY project, resource
                ) AS summed;
            """
        ]
    )
}
