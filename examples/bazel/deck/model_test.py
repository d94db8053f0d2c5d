"""The host's own packages."""

import numpy
import pydantic

from deck.model import Model

assert Model(name="ofiuco").name == "ofiuco"
assert numpy.ones(3).sum() == 3
print(numpy.__version__, pydantic.VERSION)
