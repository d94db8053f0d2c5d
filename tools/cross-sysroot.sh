#!/usr/bin/env bash
# Installs what the tests of cross builds need into the folder DIR:
#
#   DIR/sysroot   arm64 Debian 12 with the headers and libraries of CPython 3.11 and libpq; its Python
#                 runs under qemu-aarch64-static -L DIR/sysroot
#   DIR/wheels    the pinned build backends of tools/cross-requirements.txt
#   DIR/sdists    sources to build
#
# and, as root on Debian, gcc for arm64, and Rust's standard library for it where there is a rustup.
# Needs mmdebstrap, qemu-user-static and .tools/venv. Run again it does nothing.
set -euo pipefail
dir=${1:?usage: tools/cross-sysroot.sh DIR}
tools=$(cd "$(dirname "$0")" && pwd)
python=${OFIUCO_TOOLS:-$tools/../.tools}/venv/bin/python
mkdir -p "$dir"

if ! command -v aarch64-linux-gnu-g++ >/dev/null; then
  echo "installing gcc-aarch64-linux-gnu and g++-aarch64-linux-gnu"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    gcc-aarch64-linux-gnu g++-aarch64-linux-gnu >/dev/null
fi
if command -v rustup >/dev/null && [ ! -d "$(rustc --print sysroot)/lib/rustlib/aarch64-unknown-linux-gnu" ]; then
  rustup target add aarch64-unknown-linux-gnu
fi

if [ ! -e "$dir/sysroot/usr/bin/python3.11" ]; then
  packages=python3.11-minimal,libpython3.11-stdlib,libpython3.11-dev,libpq-dev,libc6-dev,libgcc-12-dev,libstdc++-12-dev,zlib1g
  rm -rf "$dir/sysroot.part"
  mmdebstrap --quiet --mode=root --arch=arm64 --variant=extract \
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --include="$packages" bookworm "$dir/sysroot.part"
  mv "$dir/sysroot.part" "$dir/sysroot"
fi

if ! cmp -s "$tools/cross-requirements.txt" "$dir/requirements.txt"; then
  rm -rf "$dir/wheels"
  "$python" -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps \
    --only-binary :all: --python-version 3.11 --dest "$dir/wheels" -r "$tools/cross-requirements.txt"
  cp "$tools/cross-requirements.txt" "$dir/requirements.txt"
fi

# pip would run an sdist's backend to download it.
"$python" - "$dir/sdists" <<'PYTHON'
import hashlib, json, os, pathlib, sys, urllib.parse, urllib.request

folder = pathlib.Path(sys.argv[1])
folder.mkdir(exist_ok=True)
index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
for project, name, sha256 in [
    ("markupsafe", "MarkupSafe-2.1.5.tar.gz", "d283d37a890ba4c1ae73ffadf8046435c76e7bc2247bbb63c00bd1a709c6544b"),
    ("psycopg2", "psycopg2-2.9.9.tar.gz", "d1454bde93fb1e224166811694d600e746430c006fbb031ea06ecc2ea41bf156"),
    ("orjson", "orjson-3.11.4.tar.gz", "39485f4ab4c9b30a3943cfe99e1a213c4776fb69e8abd68f66b83d5a0b0fdc6d"),
]:
    if (folder / name).exists():
        continue
    page = urllib.request.Request(f"{index}/{project}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    with urllib.request.urlopen(page) as answer:
        files = json.load(answer)["files"]
    url = next(urllib.parse.urljoin(page.full_url, f["url"]) for f in files if f["filename"] == name)
    with urllib.request.urlopen(url) as answer:
        data = answer.read()
    if hashlib.sha256(data).hexdigest() != sha256:
        sys.exit(f"{name} has another digest than {sha256}")
    (folder / name).write_bytes(data)
PYTHON
