"""uv's lock: `uv_lock` writes it, `<name>_test` fails when it is stale."""

load("//python/private:lock_rules.bzl", "lock_macro")

def uv_lock(name, toml, lock, update = True, tool = None, **kwargs):
    """Declares `bazel run :<name>`, which runs `uv lock`, and the test `<name>_test`.

    The test fails when the lock was not made for pyproject.toml as it is now; it needs neither uv nor the network. The
    arguments after `--` are passed on: `bazel run :lock -- --upgrade`. After another `--` they are a whole command of uv, which
    is run in the project's folder: `bazel run :lock -- -- tree`.

    Args:
      name: name of the target.
      toml: label of the project's pyproject.toml.
      lock: label of the lock file. Where it is not the uv.lock beside toml, uv works on a copy there. An empty file stands for a
        lock that is not written yet.
      update: kept for compatibility: uv keeps versions unless it is given --upgrade.
      tool: label of uv's program; the default is the one in PATH.
      **kwargs: attributes that all targets have, such as visibility and tags.
    """
    lock_macro(name, "uv", toml, lock, "" if update else "keep", tool, **kwargs)
