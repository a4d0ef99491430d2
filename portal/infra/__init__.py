"""Plumbing that knows no feature: database, tenancy, queue, files, web."""
