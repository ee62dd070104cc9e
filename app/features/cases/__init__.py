"""Aid episodes: cases, encounters, what was said and told, when to look again."""
