#!/usr/bin/env bash
# The interpreter is built along with this environment. It is in a folder above: Bazel's execution root, or runfiles.
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd) || exit
for folder in "$here" "$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")"; do
    while [ -n "$folder" ]; do
        for path in @PATHS@; do
            if [ -x "$folder/$path" ]; then
                # By its own name the interpreter finds pyvenv.cfg, and by PYTHONHOME its library.
                export PYTHONHOME=$(cd -- "$(dirname -- "$folder/$path")/.." && pwd)
                exec -a "$here/${0##*/}" "$folder/$path" "$@"
            fi
        done
        folder=${folder%/*}
    done
done
echo "$0: there is no interpreter in a folder above: build the environment again" >&2
exit 1
