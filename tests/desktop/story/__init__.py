"""A whole day told at the screen: keys and clicks on the real desktop, real files, a real center."""
