"""An extension module that was compiled with the headers of the numpy that is imported."""

import numpy

from extension import norms

assert norms.norm(numpy.array([3.0, 4.0])) == 5.0
assert norms.norm([[1, 1], [1, 1]]) == 2.0
