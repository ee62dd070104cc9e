"""What the application is about: one package per feature, no Qt and no network."""
