"""Downloads the sdists of tools/sdists.txt from pip's index to a folder, without building anything of them as pip would."""
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import urllib.parse
import urllib.request

TYPE = "application/vnd.pypi.simple.v1+json"
pip = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
index = os.environ.get("PIP_INDEX_URL") or subprocess.run(pip, capture_output=True, text=True).stdout.strip() or "https://pypi.org/simple"
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for line in pathlib.Path(__file__).with_suffix(".txt").read_text().splitlines():
    if line.startswith("#"):
        continue
    project, file, sha256 = line.split()
    if (folder / file).exists():
        continue
    page = urllib.request.Request(f"{index.rstrip('/')}/{project}/", headers={"Accept": TYPE})
    with urllib.request.urlopen(page, timeout=60) as answer:
        base, listed = answer.url, json.load(answer)["files"]
    (found,) = [f for f in listed if f["filename"] == file]
    with urllib.request.urlopen(urllib.parse.urljoin(base, found["url"]), timeout=60) as answer:
        data = answer.read()
    if hashlib.sha256(data).hexdigest() != sha256:
        sys.exit(f"{file} has another digest than tools/sdists.txt says")
    temporary = folder / f"{file}.{os.getpid()}"
    temporary.write_bytes(data)
    temporary.rename(folder / file)
