"""Writes policies.txt: what each manylinux has, by auditwheel's policies.

    pip download --no-deps auditwheel==6.8.2
    python policies.py auditwheel-*.whl > policies.txt

A line is "ARCH SET NUMBER MINOR": manylinux_2_MINOR is the first that has the version on the architecture; or
"library NAME MINOR".
"""

import json
import sys
import zipfile

with zipfile.ZipFile(sys.argv[1]) as wheel:
    policies = json.loads(wheel.read("auditwheel/policy/manylinux-policy.json"))

first = {}
for policy in policies:
    if not policy["name"].startswith("manylinux_2_"):
        continue
    minor = int(policy["name"].rsplit("_", 1)[1])
    rows = [("library", name) for name in policy["lib_whitelist"]]
    for arch, sets in policy["symbol_versions"].items():
        rows += [(arch, kind, number) for kind, numbers in sets.items() if kind != "GLIBC" for number in numbers]
    for row in rows:
        first[row] = min(first.get(row, minor), minor)
for row in sorted(first):
    print(*row, first[row])
