"""Says what Python reads where package wheel reads: one JSON value in, one out."""

import csv
import email
import importlib.metadata
import io
import json
import sys
import zipfile


def header(text):
    return email.message_from_string(text).items()


def record(text):
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    try:
        list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return {"rows": rows, "strict": False}
    return {"rows": rows, "strict": True}


def entry_points(text):
    found = []
    for line in text.splitlines():  # one by one, for one bad line must not hide the others
        line = line.strip()
        if line.startswith("[") and line.endswith("]"):
            group = line
            continue
        try:
            for e in importlib.metadata.EntryPoints._from_text(group + "\n" + line):
                found.append([e.group, e.name, e.module, e.attr or "", e.extras])
        except (AttributeError, TypeError, UnboundLocalError):
            pass
    return found


def wheel(path):
    with zipfile.ZipFile(path) as archive:
        if archive.testzip() is not None:
            raise ValueError("broken: " + path)
        infos = archive.infolist()
        dist_info = next(i.filename for i in infos if i.filename.count("/") == 1 and i.filename.endswith(".dist-info/RECORD"))
        dist_info = dist_info.rsplit("/", 1)[0] + "/"
        names = {i.filename for i in infos}
        points = dist_info + "entry_points.txt"
        return {
            "files": [[i.filename, i.file_size, i.compress_size, i.CRC, i.compress_type] for i in infos if not i.is_dir()],
            "metadata": email.message_from_string(archive.read(dist_info + "METADATA").decode()).items(),
            "entry_points": entry_points(archive.read(points).decode()) if points in names else [],
        }


question = {"header": header, "record": record, "entry_points": entry_points, "wheel": wheel}[sys.argv[1]]
json.dump([question(case) for case in json.load(sys.stdin)], sys.stdout)
