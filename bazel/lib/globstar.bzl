"""Patterns of paths, at the place they had before 0.6. See defs.bzl."""

load("//lib/private:globstar.bzl", _globstar = "globstar")

globstar = _globstar
