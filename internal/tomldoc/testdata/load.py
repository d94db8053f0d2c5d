"""Reads TOML documents by Python's tomllib.

Standard input is a JSON array of documents in base64, standard output a JSON array with, for each,
null (refused) or its data. A table is {"table": [[key, value], …]} in order of keys, a scalar is
{kind: text}.
"""

import base64
import json
import struct
import sys
import tomllib


def data(value):
    if isinstance(value, dict):
        return {"table": [[key, data(value[key])] for key in sorted(value)]}
    if isinstance(value, list):
        return {"array": [data(element) for element in value]}
    if isinstance(value, bool):
        return {"boolean": str(value).lower()}
    if isinstance(value, str):
        return {"string": value}
    if isinstance(value, int):
        return {"integer": str(value)}
    if isinstance(value, float):
        return {"float": "nan" if value != value else str(struct.unpack("Q", struct.pack("d", value))[0])}
    return {"date": ""}


def load(document):
    try:
        return data(tomllib.loads(base64.b64decode(document).decode()))
    except (ValueError, RecursionError):
        return None


sys.set_int_max_str_digits(0)
json.dump([load(document) for document in json.load(sys.stdin)], sys.stdout)
