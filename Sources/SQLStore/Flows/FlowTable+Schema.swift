internal import SQL

extension FlowTable {
    static let schema = Schema(
        name: "flow",
        steps: [
            """
            CREATE TABLE flow (
                number INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                name TEXT NOT NULL,
                version INTEGER NOT NULL,
                subject TEXT NOT NULL,
                request TEXT NOT NULL,
                state TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                owner TEXT NOT NULL,
                owner_lock INTEGER NOT NULL,
                epoch INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX flow_unfinished ON flow (number) WHERE state NOT IN ('SUCCESS', 'FAILURE', 'REVERTED');
            CREATE TABLE flow_journal (
                flow TEXT NOT NULL REFERENCES flow (id),
                entry INTEGER NOT NULL,
                atom TEXT NOT NULL,
                state TEXT NOT NULL,
                started_at INTEGER NOT NULL,
                at INTEGER NOT NULL,
                output TEXT,
                failure TEXT,
                resolution TEXT,
                PRIMARY KEY (flow, entry)
            ) STRICT, WITHOUT ROWID;
            """,
            "ALTER TABLE flow_journal ADD COLUMN progress TEXT;",
            """
            CREATE TABLE logbook (
                number INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                name TEXT NOT NULL,
                meta TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL
            ) STRICT;
            ALTER TABLE flow ADD COLUMN shape TEXT;
            ALTER TABLE flow ADD COLUMN book TEXT REFERENCES logbook (id);
            CREATE INDEX flow_book ON flow (book) WHERE book IS NOT NULL;
            """,
            """
            ALTER TABLE flow ADD COLUMN job TEXT;
            ALTER TABLE flow ADD COLUMN lease INTEGER;
            """,
            """
            ALTER TABLE flow ADD COLUMN cancel_requested_at INTEGER;
            ALTER TABLE flow ADD COLUMN resolved_at INTEGER;
            ALTER TABLE flow ADD COLUMN resolution TEXT;
            CREATE INDEX flow_failed ON flow (number) WHERE state = 'FAILURE' AND resolved_at IS NULL;
            """,
            // The shape, most of a run's record and the same for all runs of a recipe, gets a table of its own.
            // PostgreSQL has another kind of index for long texts.
            Schema.Step(
                """
                CREATE TABLE flow_shape (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
                INSERT INTO flow_shape (text) SELECT DISTINCT shape FROM flow WHERE shape IS NOT NULL;
                ALTER TABLE flow ADD COLUMN shape_number INTEGER REFERENCES flow_shape (number);
                UPDATE flow SET shape_number = (SELECT number FROM flow_shape WHERE text = flow.shape);
                ALTER TABLE flow DROP COLUMN shape;
                """,
                onPostgreSQL: """
                    CREATE TABLE flow_shape (
                        number INTEGER PRIMARY KEY, text TEXT NOT NULL, EXCLUDE USING hash (text WITH =)
                    );
                    ALTER TABLE flow ADD COLUMN shape_number INTEGER REFERENCES flow_shape (number);
                    ALTER TABLE flow DROP COLUMN shape;
                    """
            ),
            """
            ALTER TABLE flow ADD COLUMN scope TEXT;
            CREATE INDEX flow_by_scope ON flow (scope, number);
            """,
            // For a `NOT IN` of three values, SQLite builds a temporary table at each change of a run.
            """
            DROP INDEX flow_unfinished;
            CREATE INDEX flow_unfinished ON flow (number) WHERE state <> 'SUCCESS' AND state <> 'FAILURE' AND state <> 'REVERTED';
            """,
            """
            ALTER TABLE flow ADD COLUMN place TEXT;
            CREATE INDEX flow_waiting ON flow (place, updated_at) WHERE place IS NOT NULL;
            DROP INDEX flow_unfinished;
            CREATE INDEX flow_unfinished ON flow (number)
                WHERE state <> 'SUCCESS' AND state <> 'FAILURE' AND state <> 'REVERTED' AND place IS NULL;
            CREATE TABLE flow_holder (
                flow TEXT NOT NULL REFERENCES flow (id),
                last_entry INTEGER NOT NULL,
                owner TEXT NOT NULL,
                PRIMARY KEY (flow, last_entry)
            ) STRICT, WITHOUT ROWID;
            """,
        ]
    )
}
