"""Answers what packaging gives the machine of each target of a JSON list: its ordered tags, as strings.

A target: {"implementation": "cp"|"pp", "minor": 12, "abi": "cp312", "platform": ["glibc", 34, "x86_64"] |
["musl", 2, "x86_64"] | ["macos", 14, 0, "arm64"] | ["windows", "win-amd64"]}.
"""

import json
import sys
import sysconfig

from packaging import _manylinux, _musllinux, tags


def platforms(kind, *facts):
    if kind == "macos":
        return list(tags.mac_platforms(tuple(facts[:2]), facts[2]))
    if kind == "windows":
        sysconfig.get_platform = lambda: facts[0]
        return list(tags._generic_platforms())
    minor, arch = facts
    sysconfig.get_platform = lambda: f"linux-{arch}"
    _manylinux._have_compatible_abi = lambda executable, archs: True
    _manylinux._get_glibc_version = lambda: (2, minor) if kind == "glibc" else (-1, -1)
    _musllinux._get_musl_version = lambda executable: _musllinux._MuslVersion(1, minor) if kind == "musl" else None
    return list(tags._linux_platforms(is_32bit=False))


def ordered(target):
    """What packaging.tags.sys_tags does, for an interpreter that is not the running one."""
    version, where = (3, target["minor"]), platforms(*target["platform"])
    interpreter = f"{target['implementation']}3{target['minor']}"
    if target["implementation"] == "cp":
        yield from tags.cpython_tags(version, [target["abi"]], where)
        yield from tags.compatible_tags(version, interpreter, where)
    else:
        yield from tags.generic_tags(interpreter, [target["abi"]], where)
        yield from tags.compatible_tags(version, "pp3", where)


if __name__ == "__main__":
    json.dump([[str(tag) for tag in ordered(target)] for target in json.load(sys.stdin)], sys.stdout)
