"""The rule `cc_py_library`: extension modules of Python from C++ sources."""

load("//python/private:cc_py_library.bzl", _cc_py_library = "cc_py_library")

cc_py_library = _cc_py_library
