"""Invoices, credit notes and drafts."""
