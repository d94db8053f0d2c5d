"""What the program works with."""

import pydantic


class Model(pydantic.BaseModel):
    name: str
