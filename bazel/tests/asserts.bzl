"""What tests of pure functions assert with: a test is a function `test_*` without parameters, which fails or not."""

def _equal(got, want, what = ""):
    if got != want:
        fail("%sgot %r, want %r" % (what + ": " if what else "", got, want))

asserts = struct(equal = _equal)
