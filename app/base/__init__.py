"""What every layer may use: ids, time, errors, changes, settings, paths, logs. Nothing here knows a database."""
