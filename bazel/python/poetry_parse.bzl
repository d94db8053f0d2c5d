"""The repository rule of a lock file, for WORKSPACE: `poetry_parse(name = "poetry", lock = "//:poetry.lock")`."""

load("//python/private:lock_parser.bzl", "parse_lock")

poetry_parse = parse_lock
