"""The panel of sync: what waits, what the last rounds did, what two people wrote differently."""
