"""The page 物资, by keyboard, on a real store."""
