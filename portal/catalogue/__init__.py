"""Items and their registration with KRA."""
