"""Commits and the one door for writing: entity declarations, apply, runner. Knows no feature and no network."""
