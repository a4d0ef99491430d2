"""KRA's code tables, item classes and tax rates, kept in step with KRA."""
