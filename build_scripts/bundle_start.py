"""Runs first in the installed program: what a Python interpreter does by itself before it starts.

Without any locale in the environment (a service, a bare console) letters would be ASCII to Qt and the C library.
"""

import os
import sys

if sys.platform == "linux" and not any(os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG")):
    os.environ["LC_CTYPE"] = "C.UTF-8"
