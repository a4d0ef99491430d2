"""Risiti: tax invoices signed by KRA, for Kenyan businesses."""
