#!/usr/bin/env bash
# Installs what the tests of cross builds need into the folder DIR:
#
#   DIR/sysroot   arm64 Debian 12 with the headers and libraries of CPython 3.11 and libpq; its Python
#                 runs under qemu-aarch64-static -L DIR/sysroot
#   DIR/wheels    the pinned build backends of tools/cross-requirements.txt
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
