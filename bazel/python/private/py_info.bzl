"""What a target says of itself as a Python target."""

load("@ofiuco_config//:python.bzl", "PY_INFOS")

def py_info_of(target):
    """The PyInfo of a target: that of rules_python, or else the one built into Bazel.

    Args:
      target: the target, which may be of the rules of either.

    Returns:
      PyInfo, None when it has none.
    """
    for info in PY_INFOS:
        if info in target:
            return target[info]
    return None

def _linked_folders(info):
    """The folders under the runfiles' root of what rules_python links into a program's own environment, in place of `imports`."""
    folders = {}
    for link in info.venv_symlinks.to_list() if getattr(info, "venv_symlinks", None) else []:
        if link.kind == "LIB" and (link.link_to_path or "").endswith("/" + link.venv_path):
            folders[link.link_to_path[:-len("/" + link.venv_path)]] = True
    return list(folders)

def imports_of(targets, own = []):
    """The entries of sys.path of targets.

    Args:
      targets: list of targets, which need not be of Python.
      own: list of entries that go before theirs.

    Returns:
      depset of strings, relative to the runfiles' root.
    """
    infos = [info for info in [py_info_of(target) for target in targets] if info]
    linked = [folder for info in infos for folder in _linked_folders(info)]
    return depset(own + linked, transitive = [info.imports for info in infos])

def sources_of(targets, own = []):
    """The Python files of targets.

    Args:
      targets: list of targets, which need not be of Python.
      own: list of more files.

    Returns:
      depset of files.
    """
    infos = [info for info in [py_info_of(target) for target in targets] if info]
    return depset(own, transitive = [info.transitive_sources for info in infos])
