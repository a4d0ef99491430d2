"""Flask commands; each calls a service."""
