"""Functions on paths."""

def pathsep(ctx):
    """What separates the entries of a list of paths, such as PYTHONPATH.

    Args:
      ctx: context of a rule, whose target platform counts, or of a repository rule, whose host does.

    Returns:
      ";" on Windows, else ":".
    """
    system = ctx.var.get("GENDIR", "") if hasattr(ctx, "var") else ctx.os.name
    return ";" if "windows" in system.lower() else ":"

def runfiles_path(file, workspace):
    """Where a file lies under the runfiles' root.

    Args:
      file: File.
      workspace: name of the main repository, ctx.workspace_name.

    Returns:
      string, `<repository>/<path>`.
    """
    if file.short_path.startswith("../"):
        return file.short_path[len("../"):]
    return workspace + "/" + file.short_path

def flattened(path, roots):
    """A path of runfiles as it is in an output without repositories.

    Args:
      path: string, as runfiles_path gives it.
      roots: list of folders under the runfiles' root whose contents go to the root of the output. Of several the innermost
        counts; without one only the repository is left out.

    Returns:
      string, "" for a root itself.
    """
    longest = path.partition("/")[0]
    for root in roots:
        if (path + "/").startswith(root + "/") and len(root) > len(longest):
            longest = root
    return path[len(longest) + 1:]
