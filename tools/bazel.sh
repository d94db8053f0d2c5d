#!/usr/bin/env bash
# Installs into the folder DIR, as root on Debian 12, the Bazels that the ruleset is tested with:
#
#   DIR/bazel4   Bazel 4.2.3 of Debian, for WORKSPACE
#   DIR/bazel7   a Bazel of Debian's development suite (7.7), for MODULE.bazel, in a system root of its own that has compilers
#
# Both are called with the folder of the workspace, then Bazel's own arguments. OFIUCO_BINARY and BAZEL_OUTPUT (the output
# user root) are passed on. What a Bazel would fetch from the network for itself is in place of that here.
#
# The development suite moves: nothing of it is pinned, and where it has no Bazel 7 any more, DIR/bazel7 is missing.
# Run again it does nothing, unless it has changed.
set -euo pipefail
dir=${1:?usage: tools/bazel.sh DIR}
script=$(cd "$(dirname "$0")" && pwd -P)/$(basename "$0")
mkdir -p "$dir"
dir=$(cd "$dir" && pwd -P)
[ -x "$dir/bazel4" ] && [ -x "$dir/bazel7" ] && cmp -s "$script" "$dir/bazel.sh" && exit 0
rm -f "$dir/bazel4" "$dir/bazel7" "$dir/bazel.sh"

# module NAME VERSION: an empty module, for a dependency that Bazel 7 names but does not need here.
module() {
  mkdir -p "$dir/modules/$1"
  printf 'module(name = "%s", version = "%s")\n' "$1" "$2" >"$dir/modules/$1/MODULE.bazel"
  : >"$dir/modules/$1/BUILD"
}

if ! command -v bazel >/dev/null; then
  echo "installing bazel-bootstrap"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    bazel-bootstrap bazel-skylib bazel-platforms bazel-rules-java bazel-rules-proto >/dev/null
fi

mkdir -p "$dir/repositories/rules_cc/cc" "$dir/repositories/coverage"
echo 'workspace(name = "rules_cc")' >"$dir/repositories/rules_cc/WORKSPACE"
: >"$dir/repositories/rules_cc/BUILD"
printf 'package(default_visibility = ["//visibility:public"])\n\ntoolchain_type(name = "toolchain_type")\n' >"$dir/repositories/rules_cc/cc/BUILD"
for rule in cc_library cc_binary cc_test cc_import cc_proto_library cc_toolchain cc_toolchain_suite cc_toolchain_alias \
  objc_library objc_import fdo_prefetch_hints fdo_profile; do
  echo "$rule = native.$rule"
done >"$dir/repositories/rules_cc/cc/defs.bzl"
for rule in cc_flags_supplier compiler_flag; do
  echo "$rule = getattr(native, \"$rule\", None)"
done >>"$dir/repositories/rules_cc/cc/defs.bzl"
echo 'workspace(name = "remote_coverage_tools")' >"$dir/repositories/coverage/WORKSPACE"
printf '#!/bin/sh\n' >"$dir/repositories/coverage/none.sh"
chmod +x "$dir/repositories/coverage/none.sh"
printf '[sh_binary(name = name, srcs = ["none.sh"], visibility = ["//visibility:public"]) for name in ["coverage_report_generator", "lcov_merger"]]\n' \
  >"$dir/repositories/coverage/BUILD"
cat >"$dir/bazelrc4" <<RC
common --override_repository=rules_cc=$dir/repositories/rules_cc
common --override_repository=rules_java=/usr/share/bazel/rules/java
common --override_repository=rules_proto=/usr/share/bazel/rules/proto
common --override_repository=remote_coverage_tools=$dir/repositories/coverage
build --nosandbox_debug
build --action_env=PATH=$dir/bin:/usr/bin:/bin
RC
mkdir -p "$dir/bin" # what starts a py_test asks for "python"
ln -sf /usr/bin/python3 "$dir/bin/python"
cat >"$dir/bazel4" <<SH
#!/bin/sh
# Runs Bazel 4.2.3: bazel4 WORKSPACE ARGUMENT...
cd "\$1" && shift
exec env -i HOME="\$HOME" PATH=/usr/bin:/bin LANG=C.UTF-8 OFIUCO_BINARY="\${OFIUCO_BINARY:-}" \\
  bazel --bazelrc=$dir/bazelrc4 --output_user_root="\${BAZEL_OUTPUT:-$dir/output}/4" "\$@"
SH
chmod +x "$dir/bazel4"

mirror=$(apt-get indextargets --format '$(REPO_URI)' | sed -n 1p)
echo "installing Bazel 7 into $dir/root"
rm -rf "$dir/root.part"
# Its Release file may be older than it promises to be; its signature is checked all the same.
if ! mmdebstrap --quiet --mode=root --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' \
  --include=bazel-bootstrap,gcc,gcc-aarch64-linux-gnu,libc6-dev,libc6-dev-arm64-cross,python3,ca-certificates,mount sid "$dir/root.part" "$mirror" >"$dir/root.log" 2>&1; then
  tail -n 5 "$dir/root.log" >&2
  echo "the development suite has no Bazel now: $dir/bazel7 is missing" >&2
  exit 0
fi
rm -rf "$dir/root"
mv "$dir/root.part" "$dir/root"
module zlib 1.3.1.bcr.3
module protobuf 3.19.6
module apple_support 1.23.1
module buildozer 7.1.2
cat >"$dir/modules/buildozer/buildozer_binary.bzl" <<'BZL'
"""An empty repository in the place of the program."""

def _empty_impl(rctx):
    rctx.file("BUILD", "")

_empty = repository_rule(implementation = _empty_impl)

def _buildozer_impl(_mctx):
    _empty(name = "buildozer_binary")

buildozer_binary = module_extension(implementation = _buildozer_impl)
BZL
{
  echo "common --noenable_workspace"
  for name in zlib protobuf apple_support buildozer; do
    echo "common --override_module=$name=$dir/modules/$name"
  done
  echo "build --nosandbox_debug"
} >"$dir/bazelrc7"
cat >"$dir/bazel7" <<'SH'
#!/bin/bash
# Runs Bazel 7 in its system root, where its own sandbox works: bazel7 WORKSPACE ARGUMENT... The rest of this machine's root is
# in the same places there.
dir=$(cd "$(dirname "$0")" && pwd -P)
export OUTPUT=${BAZEL_OUTPUT:-$dir/output}/7
mkdir -p "$OUTPUT"
exec unshare -m --propagation private bash -c '
  set -e
  dir=$1 workspace=$2
  shift 2
  mount --bind "$dir/root" "$dir/root"
  cd "$dir/root"
  mkdir -p .old
  for path in "$dir" "$workspace" "$OUTPUT" /tmp "${PYENV_ROOT:-$HOME/.pyenv}" $VISIBLE; do
    [ -d "$path" ] || continue
    mkdir -p ".$path"
    mount --rbind "$path" ".$path"
  done
  mount -t proc proc proc
  mount --rbind /dev dev
  mount --rbind /sys sys
  cp /etc/resolv.conf /etc/hosts etc/
  cp /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/
  # What Java trusts, for the downloader of Bazel.
  cp /etc/ssl/certs/java/cacerts etc/ssl/certs/java/
  pivot_root . .old
  hash -r
  /usr/bin/umount -l /.old
  cd "$workspace"
  exec env -i HOME=/root LANG=C.UTF-8 PATH=/usr/bin:/bin OFIUCO_BINARY="${OFIUCO_BINARY:-}" \
    bazel --bazelrc="$dir/bazelrc7" --output_user_root="$OUTPUT" "$@"
' _ "$dir" "$@"
SH
chmod +x "$dir/bazel7"
cp "$script" "$dir/bazel.sh"
