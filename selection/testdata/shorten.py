"""Writes short forms of real locks into testdata/locks: python3 shorten.py FOLDER...

Each FOLDER has a pyproject.toml and its locks. What a selection does not look at is cut short, so that a lock
compresses well: of a digest all but the first four digits become 0, and the folders of PyPI's URLs go.
"""

import gzip
import re
import sys
from pathlib import Path

for folder in map(Path, sys.argv[1:]):
    to = Path(__file__).parent / "locks" / folder.name
    to.mkdir(exist_ok=True)
    (to / "pyproject.toml").write_bytes((folder / "pyproject.toml").read_bytes())
    for lock in ["poetry.lock", "uv.lock", "pdm.lock", "pylock.toml", "requirements.txt"]:
        if not (folder / lock).exists():
            continue
        text = (folder / lock).read_text()
        text = re.sub(r"\b([0-9a-f]{4})[0-9a-f]{60}\b", lambda match: match[1] + "0" * 60, text)
        text = re.sub(r"/packages/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}/", "/packages/", text)
        text = re.sub(r",? upload-time = (\"[^\"]*\"|[0-9TZ:.-]*)", "", text)
        text = re.sub(r", size = \d+", "", text)
        text = re.sub(r"^(description|summary) = .*\n", "", text, flags=re.M)
        # The digest of pyproject.toml must stay.
        for kept in re.findall(r"^content-hash = .*", (folder / lock).read_text(), flags=re.M):
            text = re.sub(r"^content-hash = .*", kept, text, flags=re.M)
        with open(to / (lock + ".gz"), "wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as file:
            file.write(text.encode())
