"""Photos: made small, freed of what the camera noted, kept in the encrypted file, hung on encounters and persons."""
