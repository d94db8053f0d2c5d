#!/usr/bin/env bash
# Installs what the tests compare ofiuco with: the pinned Python tools of tools/requirements.txt
# into .tools/venv, sources to build into .tools/sdists, and, as root on Debian, the system programs. Run again it does nothing.
#
#   tools/install.sh            Python tools and sources only
#   tools/install.sh --system   Debian packages and the arm64 system root too (what CI does)
set -euo pipefail
cd "$(dirname "$0")/.."

tools=${OFIUCO_TOOLS:-.tools}
mkdir -p "$tools"

stamp=$tools/requirements.txt
if ! cmp -s tools/requirements.txt "$stamp"; then
  echo "installing the Python tools into $tools/venv"
  rm -rf "$tools/venv"
  python3 -m venv "$tools/venv"
  "$tools/venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r tools/requirements.txt
  cp tools/requirements.txt "$stamp"
fi

"$tools/venv/bin/python" tools/sdists.py "$tools/sdists"

[ "${1:-}" = --system ] || exit 0

# What the tests run, and the package that has it where that has another name. The headers of libpq are for psycopg2,
# which is built from source; zsh, fish and csh run the activate scripts.
missing=()
for program in zip unzip mmdebstrap git git-lfs gcc g++ cmake pkg-config zsh fish csh:tcsh pg_config:libpq-dev qemu-aarch64-static:qemu-user-static bwrap:bubblewrap; do
  command -v "${program%:*}" >/dev/null || missing+=("${program#*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
tools/arm64-sysroot.sh "$tools/arm64"
tools/cross-sysroot.sh "$tools/cross"
tools/bazel.sh "$tools/bazel"
tools/remote.sh "$tools/bazel/buildbox" "$tools/venv/bin/python"
