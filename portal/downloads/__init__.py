"""Many receipts at once: chosen or filtered invoices as one ZIP or one PDF, made by a worker, kept for seven days."""
