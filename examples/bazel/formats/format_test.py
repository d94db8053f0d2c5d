"""A package of a lock in one of the formats."""

import pydantic
import shapely

assert shapely.Point(0.5, 0.5).within(shapely.box(0, 0, 1, 1))
print(pydantic.VERSION)
