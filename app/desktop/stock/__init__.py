"""The page 物资: what stands on the shelf, its lots and ledger, and everything that moves it."""
