"""The rule `package`, at the place it had before 0.6."""

load("//python/private:package_deps.bzl", _package = "package")

package = _package
