"""What is on hand, and what KRA knows of it."""
