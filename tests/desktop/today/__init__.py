"""The page 今日 at a point with a real store."""
