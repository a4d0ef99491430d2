"""The lane: everything KRA must be told, in order, exactly once."""
