#!/usr/bin/env bash
# By the name of this file the interpreter finds the environment that it is in.
case ${BASH_SOURCE[0]} in
*/*) exec -a "${BASH_SOURCE[0]}" @PYTHON@ "$@" ;;
*) exec -a "./${BASH_SOURCE[0]}" @PYTHON@ "$@" ;;
esac
