BEGIN;
SELECT id FROM job ORDER BY claimed_at NULLS FIRST, id LIMIT 1 FOR UPDATE SKIP LOCKED \gset
UPDATE job SET owner = :client_id, epoch = epoch + 1, claimed_at = clock_timestamp() WHERE id = :id;
COMMIT;
