"""The rule `py_venv`: virtual environments of packages of locks."""

load("//python/private:py_venv.bzl", _py_venv = "py_venv")

py_venv = _py_venv
