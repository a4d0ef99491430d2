"""The gateway to KRA: one port, two transports; no KRA field name is seen outside this package."""
