"""Supplies: the catalogue, lots, movements, counts and transfers."""
