"""Papers: rendered once, handed out by an act."""
