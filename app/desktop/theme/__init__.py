"""How everything looks: tokens, the style sheet made of them, type, icons, and switching them live."""
