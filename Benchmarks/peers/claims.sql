-- The board of pgbench's loop: jobs that are never done, so that claims cost the same from first to last.
CREATE TABLE job (id BIGINT PRIMARY KEY, owner BIGINT, epoch BIGINT NOT NULL DEFAULT 0, claimed_at TIMESTAMPTZ);
INSERT INTO job (id) SELECT generate_series(1, 100000);
CREATE INDEX job_free ON job (claimed_at NULLS FIRST, id);
ANALYZE job;
