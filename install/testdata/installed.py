"""Installs wheels with PyPA's installer and prints what it wrote, as JSON.

Reads {"scheme": {key: folder}, "interpreter": path, "wheels": [path], "metadata": {name: text}} from
stdin. Headers go to a folder of the project's normalized name, as uv does. Prints, for each wheel,
{path: [executable, sha256]} with the text of RECORD instead of a digest, or the error.
"""

import hashlib
import json
import os
import re
import stat
import sys
import tempfile
import warnings

import installer
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile

os.umask(0o022)
warnings.simplefilter("ignore")
job = json.load(sys.stdin)


def install(wheel, root):
    with WheelFile.open(wheel) as source:
        folders = {key: os.path.normpath(os.path.join(root, folder)) for key, folder in job["scheme"].items()}
        name = re.sub(r"[-_.]+", "-", source.distribution).lower()
        folders["headers"] = os.path.join(folders["headers"], name)
        destination = SchemeDictionaryDestination(folders, job["interpreter"], "posix")
        installer.install(source, destination, {k: v.encode() for k, v in job["metadata"].items()})


def listed(root):
    files = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as f:
                data = f.read()
            text = data.decode() if path.endswith(".dist-info/RECORD") else hashlib.sha256(data).hexdigest()
            files[os.path.relpath(path, root)] = [bool(os.stat(path).st_mode & stat.S_IXUSR), text]
    return files


results = []
for wheel in job["wheels"]:
    with tempfile.TemporaryDirectory() as root:
        try:
            install(wheel, root)
            results.append({"files": listed(root)})
        except Exception as e:
            results.append({"error": repr(e)})
json.dump(results, sys.stdout)
