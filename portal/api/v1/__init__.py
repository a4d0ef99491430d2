"""Version 1, one file per resource; it holds no rule of its own."""
