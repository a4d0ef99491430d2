"""The pure fiscal core: tax, totals, numbers and receipts as values; standard library only, no clock, no settings."""
