"""The command line: everything that needs no screen. `bootstrap` is the one composition file."""
