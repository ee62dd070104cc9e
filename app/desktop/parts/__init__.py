"""Small visible things every page is made of: words, buttons, chips, tags, suggestions, bars."""
