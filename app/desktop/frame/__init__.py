"""What stands around the pages: rail, top bar, sync pill, notices, lock."""
