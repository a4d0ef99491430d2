CREATE OR REPLACE FUNCTION submission_moves_by_the_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.state, NEW.state) NOT IN (VALUES 
  ('queued','sending'), ('sending','accepted'), ('sending','refused'), ('sending','queued'), ('sending','unknown'),
  ('unknown','accepted'), ('unknown','queued'), ('unknown','unknown'), ('unknown','held'), ('unknown','refused'),
  ('held','accepted'), ('held','queued'), ('held','void'), ('held','held'),
  ('refused','queued'), ('refused','void'), ('queued','void'), ('queued','refused'), ('queued','queued'), ('sending','sending')) THEN
    RAISE EXCEPTION 'a submission does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.tenant_id, NEW.id, NEW.device_id, NEW.kind, NEW.subject_id, NEW.position)
     IS DISTINCT FROM (OLD.tenant_id, OLD.id, OLD.device_id, OLD.kind, OLD.subject_id, OLD.position) THEN
    RAISE EXCEPTION 'what a submission is about does not change' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.sequence_no, NEW.body) IS DISTINCT FROM (OLD.sequence_no, OLD.body) AND NOT (
       (OLD.state = 'queued' AND NEW.state = 'sending' AND OLD.body IS NULL)
    OR (NEW.state IN ('queued','refused') AND OLD.state IN ('sending','unknown','held')
        AND NEW.sequence_no IS NULL AND NEW.body IS NULL)) THEN
    RAISE EXCEPTION 'number and bytes are bound at the claim and cleared by a refusal only' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.receipt_no, NEW.total_receipt_no, NEW.internal_data, NEW.signature, NEW.signed_at, NEW.sdc_id, NEW.mrc_number)
     IS DISTINCT FROM (OLD.receipt_no, OLD.total_receipt_no, OLD.internal_data, OLD.signature, OLD.signed_at, OLD.sdc_id,
                       OLD.mrc_number) AND NOT (NEW.state = 'accepted' AND OLD.state <> 'accepted') THEN
    RAISE EXCEPTION 'KRA''s receipt is written once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
;
DROP INDEX lane_kept_number
;
GRANT CREATE ON SCHEMA public TO portal_doors
;
SET ROLE portal_doors
;
CREATE OR REPLACE FUNCTION due_lanes(most int) RETURNS TABLE (tenant_id uuid, device_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT h.tenant_id, h.device_id FROM (              -- the head of every lane, as the claim will see it
    SELECT DISTINCT ON (s.tenant_id, s.device_id) s.tenant_id, s.device_id, s.next_at
      FROM submission s JOIN device d ON d.tenant_id = s.tenant_id AND d.id = s.device_id AND d.status = 'ready'
     WHERE s.state IN ('queued','sending','unknown')
       AND NOT EXISTS (SELECT 1 FROM submission w WHERE w.tenant_id = s.tenant_id AND w.id = ANY (s.waits_for)
                          AND w.state NOT IN ('accepted','refused','void'))
     ORDER BY s.tenant_id, s.device_id, (s.state = 'queued'), (s.sequence_no IS NULL), s.position) h
   WHERE h.next_at <= now()
   ORDER BY row_number() OVER (PARTITION BY h.tenant_id ORDER BY h.next_at) > greatest(1, most / 4), h.next_at
   LIMIT most $$
;
RESET ROLE
;
REVOKE CREATE ON SCHEMA public FROM portal_doors
