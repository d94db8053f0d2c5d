"""The module was compiled and linked with a library of Bazel."""

import tally

assert tally.total([1, 2.5]) == 3.5
