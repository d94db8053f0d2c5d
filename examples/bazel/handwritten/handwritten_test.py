"""Imports a package whose rule was written by hand, with what its markers lead to on this Python and no more."""

import importlib.util
import pathlib
import zipfile

import anyio

MARKED = ["colorama", "exceptiongroup", "pyreadline3", "tomli"]


async def answer():
    return 42


assert anyio.run(answer) == 42
for name in MARKED:
    assert importlib.util.find_spec(name) is None, name

with zipfile.ZipFile(pathlib.Path(__file__).parent / "python3.10.zip") as archive:
    found = {name.partition("/")[0] for name in archive.namelist()}
assert found.intersection(MARKED) == {"exceptiongroup", "tomli"}, found
