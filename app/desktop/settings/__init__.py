"""The settings page: how it looks, who may sign in, the center, copies."""
