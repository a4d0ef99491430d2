"""From practice to the real thing: the checklist of going live, and taking items, customers and settings along."""
