"""The rules `py_image`, `py_image_tarball` and `py_image_push`: OCI images of Python targets, without Docker."""

load("//lib/private:py_image.bzl", _py_image = "py_image", _py_image_tarball = "py_image_tarball")
load("//lib/private:py_image_push.bzl", _py_image_push = "py_image_push")

py_image = _py_image
py_image_push = _py_image_push
py_image_tarball = _py_image_tarball
