"""The rule `runfiles`, at the place it had before 0.6. See defs.bzl."""

load("//lib/private:runfiles.bzl", _runfiles = "runfiles")

runfiles = _runfiles
