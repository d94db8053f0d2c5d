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

def stripped(path, workspace, prefix):
    """A path of runfiles as it is in an output without repositories.

    Args:
      path: string, as runfiles_path gives it.
      workspace: name of the main repository.
      prefix: folder of the main repository whose contents go to the root of the output.

    Returns:
      string.
    """
    repository, _, rest = path.partition("/")
    if repository == workspace and prefix and rest.startswith(prefix + "/"):
        return rest[len(prefix) + 1:]
    return rest
