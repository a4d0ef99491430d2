"""What the people who run the portal see of all businesses, and the few acts that are theirs."""
