CREATE POLICY doors ON api_token FOR SELECT TO portal_doors USING (true);

GRANT SELECT (tenant_id, id, token_sha256, revoked_at) ON api_token TO portal_doors;

CREATE FUNCTION whose_token(hash bytea) RETURNS TABLE (tenant_id uuid, id uuid) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$
  SELECT t.tenant_id, t.id FROM api_token t WHERE t.token_sha256 = hash AND t.revoked_at IS NULL $$;

REVOKE ALL ON FUNCTION whose_token(bytea) FROM public;

GRANT EXECUTE ON FUNCTION whose_token(bytea) TO portal_app;

ALTER FUNCTION whose_token(bytea) OWNER TO portal_doors;
