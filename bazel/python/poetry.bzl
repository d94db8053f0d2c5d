"""Poetry's lock: `poetry_lock` and `poetry_update` write it, `<name>_test` fails when it is stale."""

load("//python/private:lock_rules.bzl", "lock_macro")

def poetry_lock(name, toml, lock, update = True, tool = None, **kwargs):
    """Declares `bazel run :<name>`, which runs `poetry lock`, and the test `<name>_test`.

    The test fails when the lock was not made for pyproject.toml as it is now; it needs neither Poetry nor the network. The
    arguments after `--` are passed on: `bazel run :lock -- --regenerate`.

    Args:
      name: name of the target.
      toml: label of the project's pyproject.toml.
      lock: label of the lock file. Where it is not the poetry.lock beside toml, Poetry works on a copy there. An empty file
        stands for a lock that is not written yet.
      update: whether `poetry lock` is run as it is, which updates versions with Poetry 1 and keeps them with Poetry 2; if not,
        versions are kept with both.
      tool: label of Poetry's program; the default is the one in PATH.
      **kwargs: attributes that all targets have, such as visibility and tags.
    """
    lock_macro(name, "poetry", toml, lock, "" if update else "keep", tool, **kwargs)

def poetry_update(name, toml, lock, update = True, tool = None, **kwargs):
    """Declares the same as poetry_lock, but `bazel run :<name>` takes the newest versions that fit, with every Poetry.

    Args:
      name: name of the target.
      toml: label of the project's pyproject.toml.
      lock: label of the lock file, as of poetry_lock.
      update: whether to take the newest versions; if not, those in the lock are kept.
      tool: label of Poetry's program; the default is the one in PATH.
      **kwargs: attributes that all targets have, such as visibility and tags.
    """
    lock_macro(name, "poetry", toml, lock, "newest" if update else "keep", tool, **kwargs)
