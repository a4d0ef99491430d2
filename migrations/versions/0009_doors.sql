CREATE POLICY doors ON submission FOR SELECT TO portal_doors USING (true);

CREATE POLICY doors ON device FOR SELECT TO portal_doors USING (true);

CREATE POLICY doors ON outbox FOR SELECT TO portal_doors USING (true);

CREATE POLICY doors ON membership FOR SELECT TO portal_doors USING (true);

GRANT SELECT (tenant_id, id, device_id, state, sequence_no, position, waits_for, next_at) ON submission TO portal_doors;

GRANT SELECT (tenant_id, id, status, last_contact_at, environment) ON device TO portal_doors;

GRANT SELECT (tenant_id, id, queue, not_before, done_at) ON outbox TO portal_doors;

GRANT SELECT (tenant_id, person_id, suspended_at, created_at) ON membership TO portal_doors;

CREATE FUNCTION due_lanes(most int) RETURNS TABLE (tenant_id uuid, device_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
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
   LIMIT most $$;

CREATE FUNCTION due_outbox(which text, most int) RETURNS TABLE (tenant_id uuid, id uuid) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT o.tenant_id, o.id FROM (
    SELECT x.tenant_id, x.id, x.not_before, row_number() OVER (PARTITION BY x.tenant_id ORDER BY x.not_before) AS turn
      FROM outbox x WHERE x.queue = which AND x.done_at IS NULL AND x.not_before <= now()) o
   ORDER BY o.turn > greatest(1, most / 4), o.not_before
   LIMIT most $$;

CREATE FUNCTION my_memberships(person uuid) RETURNS TABLE (tenant_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT m.tenant_id FROM membership m WHERE m.person_id = person AND m.suspended_at IS NULL ORDER BY m.created_at $$;

CREATE FUNCTION devices_to_beat(most int) RETURNS TABLE (tenant_id uuid, device_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT d.tenant_id, d.id FROM device d
   WHERE d.status IN ('ready','lane_held') AND (d.last_contact_at IS NULL OR d.last_contact_at < now() - interval '15 minutes')
   ORDER BY d.last_contact_at NULLS FIRST LIMIT most $$;

CREATE FUNCTION devices_elsewhere(mine text) RETURNS TABLE (tenant_id uuid, device_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT d.tenant_id, d.id FROM device d WHERE d.environment <> mine AND d.status <> 'retired' LIMIT 1 $$;

REVOKE ALL ON FUNCTION due_lanes(int), due_outbox(text, int), my_memberships(uuid), devices_to_beat(int), devices_elsewhere(text) FROM public;

GRANT EXECUTE ON FUNCTION due_lanes(int), due_outbox(text, int), my_memberships(uuid), devices_to_beat(int), devices_elsewhere(text) TO portal_app;

ALTER FUNCTION due_lanes(int) OWNER TO portal_doors;

ALTER FUNCTION due_outbox(text, int) OWNER TO portal_doors;

ALTER FUNCTION my_memberships(uuid) OWNER TO portal_doors;

ALTER FUNCTION devices_to_beat(int) OWNER TO portal_doors;

ALTER FUNCTION devices_elsewhere(text) OWNER TO portal_doors;
