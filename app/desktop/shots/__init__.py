"""Tours through every screen, drawn for people who judge how it looks, and examined by tests."""
