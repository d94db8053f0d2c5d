"""The extension module was compiled here."""

import markupsafe._speedups

assert markupsafe.escape("<") == "&lt;"
