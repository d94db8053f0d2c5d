"""The rule `py_zip`: zips of Python targets, such as AWS Lambda functions."""

load("//lib/private:py_zip.bzl", _py_zip = "py_zip")

py_zip = _py_zip
