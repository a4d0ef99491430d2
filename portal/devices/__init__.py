"""Control units: provisioning, keys, contact and readiness."""
