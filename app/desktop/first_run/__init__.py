"""The first run: from a computer that belongs to no point to one that is ready, in under two minutes."""
