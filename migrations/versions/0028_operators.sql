CREATE POLICY doors ON branch FOR SELECT TO portal_doors USING (true)
;
GRANT SELECT (tenant_id, id, code, name) ON branch TO portal_doors
;
GRANT SELECT (name) ON tenant TO portal_doors
;
GRANT SELECT (branch_id, transport) ON device TO portal_doors
;
GRANT SELECT (kind, held_reason, unknown_since, queued_at, problem_code) ON submission TO portal_doors
;
CREATE FUNCTION trouble_everywhere(most int)
  RETURNS TABLE (tenant_id uuid, business text, branch_code text, branch_name text, device_id uuid, serial text, transport text,
                 submission_id uuid, kind text, state text, held_reason text, code text, since timestamptz, age interval)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  WITH found AS (
    (SELECT s.* FROM (SELECT x.tenant_id, x.id, x.device_id, x.kind, x.state, x.held_reason, x.problem_code, x.queued_at
                        FROM submission x WHERE x.state IN ('refused','held') ORDER BY x.queued_at LIMIT most) s)
    UNION
    (SELECT x.tenant_id, x.id, x.device_id, x.kind, x.state, x.held_reason, x.problem_code, x.queued_at FROM submission x
      WHERE x.state IN ('queued','sending','unknown') AND x.kind IN ('sale','credit_note')
        AND x.queued_at < now() - interval '18 hours' ORDER BY x.queued_at LIMIT most)
    UNION
    (SELECT x.tenant_id, x.id, x.device_id, x.kind, x.state, x.held_reason, x.problem_code, x.queued_at FROM submission x
      WHERE x.state = 'unknown' AND x.unknown_since < now() - interval '30 minutes' ORDER BY x.queued_at LIMIT most))
  SELECT f.tenant_id, t.name, b.code, b.name, d.id, d.serial, d.transport, f.id, f.kind, f.state, f.held_reason,
         f.problem_code, f.queued_at, now() - f.queued_at
    FROM found f
    JOIN device d ON d.tenant_id = f.tenant_id AND d.id = f.device_id
    JOIN branch b ON b.tenant_id = d.tenant_id AND b.id = d.branch_id
    JOIN tenant t ON t.id = f.tenant_id
   ORDER BY f.queued_at, f.id LIMIT most $$
;
CREATE FUNCTION units_that_stand_still(most int)
  RETURNS TABLE (tenant_id uuid, business text, branch_code text, branch_name text, device_id uuid, serial text, transport text,
                 status text, waiting bigint, since timestamptz, age interval)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT d.tenant_id, t.name, b.code, b.name, d.id, d.serial, d.transport, d.status, w.waiting, w.since, now() - w.since
    FROM device d
    JOIN branch b ON b.tenant_id = d.tenant_id AND b.id = d.branch_id
    JOIN tenant t ON t.id = d.tenant_id
    CROSS JOIN LATERAL (SELECT count(*) AS waiting, min(s.queued_at) AS since FROM submission s
                         WHERE s.tenant_id = d.tenant_id AND s.device_id = d.id AND s.state IN ('queued','sending','unknown')) w
   WHERE d.status IN ('lane_held','blocked')
   ORDER BY w.since NULLS LAST, d.id LIMIT most $$
;
REVOKE ALL ON FUNCTION trouble_everywhere(int), units_that_stand_still(int) FROM public
;
GRANT EXECUTE ON FUNCTION trouble_everywhere(int), units_that_stand_still(int) TO portal_app
;
ALTER FUNCTION trouble_everywhere(int) OWNER TO portal_doors
;
ALTER FUNCTION units_that_stand_still(int) OWNER TO portal_doors
;
