import numpy
import pydantic


class Job(pydantic.BaseModel):
    values: list


def total(text):
    return float(numpy.sum(Job.model_validate_json(text).values))
