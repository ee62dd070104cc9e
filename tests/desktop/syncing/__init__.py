"""The page of sync, against a real center."""
