CREATE OR REPLACE FUNCTION submission_moves_by_the_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.tenant_id, NEW.id, NEW.device_id, NEW.kind, NEW.subject_id, NEW.position, NEW.waits_for, NEW.queued_at)
     IS DISTINCT FROM
     (OLD.tenant_id, OLD.id, OLD.device_id, OLD.kind, OLD.subject_id, OLD.position, OLD.waits_for, OLD.queued_at) THEN
    RAISE EXCEPTION 'what a submission is about does not change' USING ERRCODE = 'check_violation';
  END IF;
  IF (OLD.state, NEW.state) NOT IN (VALUES
      ('queued','queued'), ('unknown','unknown'),                  -- looked at again later
      ('queued','sending'), ('queued','refused'), ('queued','void'),
      ('sending','accepted'), ('sending','refused'), ('sending','queued'), ('sending','unknown'),
      ('unknown','accepted'), ('unknown','queued'), ('unknown','held'), ('unknown','refused'),
      ('held','accepted'), ('held','queued'), ('held','void'),
      ('refused','queued'), ('refused','void')) THEN
    RAISE EXCEPTION 'a submission does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.sequence_no, NEW.body, NEW.body_sha256, NEW.bound_at)
     IS DISTINCT FROM (OLD.sequence_no, OLD.body, OLD.body_sha256, OLD.bound_at)
     AND NOT (OLD.state = 'queued' AND NEW.state = 'sending' AND OLD.body IS NULL)
     AND NOT (NEW.sequence_no IS NULL AND NEW.body IS NULL AND (
           (OLD.state = 'sending' AND NEW.state IN ('queued','refused'))
        OR (OLD.state = 'unknown' AND NEW.state = 'refused')
        OR (OLD.state = 'held' AND NEW.state = 'queued' AND OLD.held_reason = 'device'))) THEN
    RAISE EXCEPTION 'number and bytes are bound at the claim and cleared by a refusal only' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.receipt_no, NEW.total_receipt_no, NEW.internal_data, NEW.signature, NEW.signed_at, NEW.sdc_id, NEW.mrc_number)
     IS DISTINCT FROM
     (OLD.receipt_no, OLD.total_receipt_no, OLD.internal_data, OLD.signature, OLD.signed_at, OLD.sdc_id, OLD.mrc_number)
     AND NOT (NEW.state = 'accepted' AND OLD.state <> 'accepted') THEN
    RAISE EXCEPTION 'KRA''s receipt is written once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
;
CREATE INDEX lane_kept_number ON submission (tenant_id, device_id, position) WHERE state = 'queued' AND sequence_no IS NOT NULL
;
GRANT CREATE ON SCHEMA public TO portal_doors
;
SET ROLE portal_doors
;
CREATE OR REPLACE FUNCTION due_lanes(most int) RETURNS TABLE (tenant_id uuid, device_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  WITH RECURSIVE lanes AS (           -- steps from lane to lane through the index: an outage leaves long lanes
    (SELECT s.tenant_id, s.device_id FROM submission s WHERE s.state IN ('queued','sending','unknown')
      ORDER BY s.tenant_id, s.device_id LIMIT 1)
    UNION ALL
    SELECT n.tenant_id, n.device_id FROM lanes l CROSS JOIN LATERAL (
      SELECT s.tenant_id, s.device_id FROM submission s
       WHERE s.state IN ('queued','sending','unknown') AND (s.tenant_id, s.device_id) > (l.tenant_id, l.device_id)
       ORDER BY s.tenant_id, s.device_id LIMIT 1) n),
  heads AS (                          -- the head of every lane, as the claim will see it
    SELECT l.tenant_id, l.device_id, h.next_at
      FROM lanes l JOIN device d ON d.tenant_id = l.tenant_id AND d.id = l.device_id AND d.status = 'ready'
     CROSS JOIN LATERAL (
      (SELECT 1 AS turn, s.next_at FROM submission s
        WHERE s.tenant_id = l.tenant_id AND s.device_id = l.device_id AND s.state IN ('sending','unknown'))
      UNION ALL
      (SELECT 2, s.next_at FROM submission s
        WHERE s.tenant_id = l.tenant_id AND s.device_id = l.device_id AND s.state = 'queued' AND s.sequence_no IS NOT NULL
        ORDER BY s.position LIMIT 1)
      UNION ALL
      (SELECT 3, s.next_at FROM submission s
        WHERE s.tenant_id = l.tenant_id AND s.device_id = l.device_id AND s.state = 'queued' AND s.sequence_no IS NULL
          AND NOT EXISTS (SELECT 1 FROM submission w WHERE w.tenant_id = s.tenant_id AND w.id = ANY (s.waits_for)
                             AND w.state NOT IN ('accepted','refused','void'))
        ORDER BY s.position LIMIT 1)
      ORDER BY turn LIMIT 1) h)
  SELECT h.tenant_id, h.device_id FROM heads h WHERE h.next_at <= now()
   ORDER BY row_number() OVER (PARTITION BY h.tenant_id ORDER BY h.next_at) > greatest(1, most / 4), h.next_at
   LIMIT most $$
;
RESET ROLE
;
REVOKE CREATE ON SCHEMA public FROM portal_doors
