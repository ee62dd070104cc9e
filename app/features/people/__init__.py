"""People who are helped: who they are, what identifies them, who may be the same."""
