"""Answers in which order pip prefers the wheels of each release, on each target, best first.

Input: {"targets": [as in tags.py], "releases": [[file names]]}. Answer: for each target, for each release, the
places in the release of the wheels that fit.
"""

import functools
import json
import sys

import tags as expected  # tags.py, beside this file
from pip._internal.index.package_finder import CandidateEvaluator
from pip._internal.models.candidate import InstallationCandidate
from pip._internal.models.link import Link
from pip._internal.models.wheel import Wheel
from pip._vendor.packaging.specifiers import SpecifierSet
from pip._vendor.packaging.tags import Tag

parse = functools.cache(Wheel)


def order(supported, filenames):
    evaluator = CandidateEvaluator("any", supported, SpecifierSet())
    accepted = set(supported)
    fitting = []
    for place, filename in enumerate(filenames):
        wheel = parse(filename)
        if wheel.supported(accepted):
            candidate = InstallationCandidate(wheel.name, wheel.version, Link("https://example.org/" + filename))
            fitting.append((evaluator._sort_key(candidate), place))
    # pip takes the greatest key, and of equal ones the first.
    return [place for _, place in sorted(fitting, key=lambda f: f[0], reverse=True)]


question = json.load(sys.stdin)
answer = []
for target in question["targets"]:
    supported = [Tag(tag.interpreter, tag.abi, tag.platform) for tag in expected.ordered(target)]
    answer.append([order(supported, filenames) for filenames in question["releases"]])
json.dump(answer, sys.stdout)
