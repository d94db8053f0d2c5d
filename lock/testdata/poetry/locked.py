"""What Poetry reads from a lock, for poetry_oracle_test.go.

Arguments: folders with pyproject.toml and poetry.lock. Input: a JSON list of marker environments.
Writes one line of JSON for each folder:

  fresh     whether Poetry finds that the lock belongs to the pyproject
  groups    the names of the groups, and which of them are optional
  selected  for each environment and each choice of extras, "name version" of what is installed with
            all groups (only for locks of 2.1 and later)
  roots     the project's dependencies: group, extra, name, features, and for each environment
            whether the marker holds and for each locked version, and each of VERSIONS, whether it
            is allowed
"""

import json
import logging
import sys
import warnings
from pathlib import Path

from poetry.core.constraints.version import Version
from poetry.core.factory import Factory
from poetry.packages.locker import Locker

VERSIONS = ["0.4.1", "1.0", "2.2.5", "2.3.1", "2.31", "3.1", "6.1", "7.3", "8.1", "9.0", "11.2", "11.5", "12.3"]

warnings.simplefilter("ignore")
logging.disable()


def digits(answers):
    return "".join("1" if answer else "0" for answer in answers)


def selected(locked, environments, choices):
    result = []
    for environment in environments:
        for extras in choices:
            scope = {**environment, "extra": set(extras)}
            result.append(sorted(
                f"{package.name} {package.version}"
                for package, info in locked.items()
                if info.groups and info.get_marker(info.groups).validate(scope)
            ))
    return result


def roots(project, environments, versions):
    for name in project.dependency_group_names(include_optional=True):
        for dependency in project.dependency_group(name).dependencies_for_locking:
            marker = dependency.marker.without_extras()
            for extra in dependency.in_extras if dependency.is_optional() else [""]:
                yield {
                    "group": "" if name == "main" else name,
                    "extra": extra,
                    "name": dependency.name,
                    "features": sorted(dependency.extras),
                    "holds": digits(marker.validate(environment) for environment in environments),
                    "allows": digits(dependency.constraint.allows(v) for v in [
                        *versions.get(dependency.name, []), *map(Version.parse, VERSIONS)
                    ]),
                }


environments = json.load(sys.stdin)
for folder in map(Path, sys.argv[1:]):
    poetry = Factory().create_poetry(folder)
    locker = Locker(folder / "poetry.lock", poetry.pyproject.data)
    result = {"fresh": locker.is_fresh()}
    project = poetry.package
    extras = sorted(project.extras)
    names = project.dependency_group_names(include_optional=True) - {"main"}
    result["groups"] = sorted(names)
    result["optional"] = sorted(n for n in names if project.dependency_group(n).is_optional())
    versions = {}
    for package in locker.lock_data["package"]:
        name = package["name"].lower().replace("_", "-").replace(".", "-")
        versions.setdefault(name, []).append(Version.parse(package["version"]))
    if locker.is_locked_groups_and_markers():
        choices = [[], extras, *([extra] for extra in extras)]
        result["selected"] = selected(locker.locked_packages(), environments, choices)
    result["roots"] = list(roots(project, environments, versions))
    print(json.dumps(result))
