"""The field kit: fields with label, error line and draft, and the form that holds them."""
