"""The encrypted file and the center's PostgreSQL: opening, upgrading, keys, backups. Knows no entity."""
