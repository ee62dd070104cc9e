"""The page 个案 at a point with a real store."""
