"""Answers, for each string of a JSON list, what packaging.tags.parse_tag makes of it: a sorted list of tags, or null."""

import json
import sys

from packaging.tags import InvalidTag, parse_tag


def parse(text):
    try:
        return sorted([t.interpreter, t.abi, t.platform] for t in parse_tag(text))
    except InvalidTag:
        return None


json.dump([parse(text) for text in json.load(sys.stdin)], sys.stdout)
