"""Real workers against a KRA that misbehaves, while everything under them is killed: `python -m bench.chaos`."""
