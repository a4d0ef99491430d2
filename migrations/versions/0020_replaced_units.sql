CREATE OR REPLACE FUNCTION submission_moves_by_the_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.tenant_id, NEW.id, NEW.kind, NEW.subject_id, NEW.position, NEW.waits_for, NEW.queued_at)
     IS DISTINCT FROM
     (OLD.tenant_id, OLD.id, OLD.kind, OLD.subject_id, OLD.position, OLD.waits_for, OLD.queued_at) THEN
    RAISE EXCEPTION 'what a submission is about does not change' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.device_id <> OLD.device_id THEN     -- a control unit was replaced
    IF NEW.state <> OLD.state OR OLD.state NOT IN ('queued','refused') OR OLD.sequence_no IS NOT NULL OR OLD.body IS NOT NULL
       OR NOT EXISTS (SELECT 1 FROM device o JOIN device n ON n.tenant_id = o.tenant_id AND n.branch_id = o.branch_id
                       WHERE o.tenant_id = OLD.tenant_id AND o.id = OLD.device_id AND o.status = 'retired'
                         AND n.id = NEW.device_id AND n.status <> 'retired') THEN
      RAISE EXCEPTION 'what a submission is about does not change' USING ERRCODE = 'check_violation';
    END IF;
  ELSIF (OLD.state, NEW.state) NOT IN (VALUES
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
CREATE FUNCTION successor_takes_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- The lock is the one the foreign key takes anyway; with it a unit that is being replaced is waited for.
  PERFORM 1 FROM device d WHERE d.tenant_id = NEW.tenant_id AND d.id = NEW.device_id AND d.status <> 'retired' FOR KEY SHARE;
  IF NOT FOUND THEN
    SELECT n.id INTO NEW.device_id FROM device o JOIN device n ON n.tenant_id = o.tenant_id AND n.branch_id = o.branch_id
     WHERE o.tenant_id = NEW.tenant_id AND o.id = NEW.device_id AND n.status <> 'retired';
  END IF;
  RETURN NEW;
END $$
;
CREATE TRIGGER successor_takes_over BEFORE INSERT ON submission FOR EACH ROW EXECUTE FUNCTION successor_takes_over()
