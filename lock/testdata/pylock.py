"""Validates pylock.toml documents by packaging.

Standard input is a JSON array of documents, standard output a JSON array with, for each, "" (valid)
or what is wrong.
"""

import json
import logging
import sys
import tomllib

from packaging.pylock import Pylock

logging.disable()


def validate(document):
    try:
        Pylock.from_dict(tomllib.loads(document))
    except Exception as error:
        return str(error) or type(error).__name__
    return ""


json.dump([validate(document) for document in json.load(sys.stdin)], sys.stdout)
