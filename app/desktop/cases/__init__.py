"""个案: which cases there are, one case with all that belongs to it, and what can be done with it."""
