"""The rule `py_layer`: Python targets as layers of OCI images."""

load("//lib/private:py_layer.bzl", _py_layer = "py_layer")

py_layer = _py_layer
