#!/usr/bin/env bash
# Makes the folder DIR, a small Debian arm64 system with CPython 3.11, whose programs run here under
# qemu-aarch64-static without any other setup:
#
#   qemu-aarch64-static -L DIR DIR/usr/bin/python3.11 …
#
# Needs mmdebstrap and qemu-user-static. Does nothing when DIR is already there.
set -euo pipefail
dir=${1:?usage: tools/arm64-sysroot.sh DIR}
[ -x "$dir/usr/bin/python3.11" ] && exit 0

packages=python3.11-minimal,python3.11,libpython3.11-stdlib,libc6,libgcc-s1,libstdc++6,zlib1g,libssl3,libffi8,libexpat1,libsqlite3-0,libuuid1,liblzma5,libbz2-1.0,ca-certificates
rm -rf "$dir.part"
mmdebstrap --quiet --mode=root --arch=arm64 --variant=extract \
  --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --include="$packages" bookworm "$dir.part"
mv "$dir.part" "$dir"
