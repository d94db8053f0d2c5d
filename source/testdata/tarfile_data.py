"""Unpack each archive in a folder as tarfile's filter "data" has it (PEP 706), and say what came of it, as JSON."""
import json
import os
import pathlib
import sys
import tarfile


def listing(top):
    found = []
    for folder, folders, files in os.walk(top):
        for name in folders + files:
            full = pathlib.Path(folder, name)
            at = full.relative_to(top).as_posix()
            if full.is_symlink():
                found.append(f"{at} -> {os.readlink(full)}")
            elif full.is_dir():
                found.append(f"{at}/")
            else:
                mark = "x" if full.stat().st_mode & 0o100 else "f"
                found.append(f"{at} {mark} {full.read_bytes().hex()}")
    return sorted(found)


answers = {}
folder, out = map(pathlib.Path, sys.argv[1:])
for archive in sorted(folder.iterdir()):
    to = out / archive.name
    to.mkdir()
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(to, filter="data")
        answers[archive.name] = {"files": listing(to)}
    except Exception as error:
        answers[archive.name] = {"error": f"{type(error).__name__}: {error}"}
json.dump(answers, sys.stdout)
