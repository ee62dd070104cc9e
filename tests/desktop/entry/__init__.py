"""The page 登记 at a point with a real store."""
