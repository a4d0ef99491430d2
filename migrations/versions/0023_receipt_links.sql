CREATE POLICY doors ON receipt_link FOR SELECT TO portal_doors USING (true);

GRANT SELECT (tenant_id, id, token_sha256, revoked_at, expires_at) ON receipt_link TO portal_doors;

CREATE FUNCTION whose_receipt_link(hash bytea) RETURNS TABLE (tenant_id uuid, id uuid) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT l.tenant_id, l.id FROM receipt_link l
   WHERE l.token_sha256 = hash AND l.revoked_at IS NULL AND l.expires_at > now() $$;

CREATE FUNCTION old_receipt_links(most int) RETURNS TABLE (tenant_id uuid, id uuid) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT l.tenant_id, l.id FROM receipt_link l WHERE l.expires_at <= now() ORDER BY l.expires_at LIMIT most $$;

REVOKE ALL ON FUNCTION whose_receipt_link(bytea), old_receipt_links(int) FROM public;

GRANT EXECUTE ON FUNCTION whose_receipt_link(bytea), old_receipt_links(int) TO portal_app;

ALTER FUNCTION whose_receipt_link(bytea) OWNER TO portal_doors;

ALTER FUNCTION old_receipt_links(int) OWNER TO portal_doors;
