"""A choice of the files that targets need at run time."""

load(":globstar.bzl", "matches_any")

def _repository_of(file):
    """The canonical name of a file's repository. Bazel before 7.1 has only the old word."""
    return file.owner.repo_name if hasattr(file.owner, "repo_name") else file.owner.workspace_name

def _runfiles_impl(ctx):
    files = depset(transitive = [dep[DefaultInfo].default_runfiles.files for dep in ctx.attr.data])
    chosen = [
        file
        for file in files.to_list()
        if matches_any(_repository_of(file), ctx.attr.workspace, path_separator = None) and
           matches_any(file.path, ctx.attr.include) and
           not matches_any(file.path, ctx.attr.exclude)
    ]
    return [DefaultInfo(files = depset(chosen), runfiles = ctx.runfiles(files = chosen))]

runfiles = rule(
    implementation = _runfiles_impl,
    doc = "Chooses files of those that targets need at run time, by patterns: `*` and `?` do not cross `/`, `**` does.",
    attrs = {
        "data": attr.label_list(doc = "The targets."),
        "exclude": attr.string_list(doc = "Patterns of paths that are left out."),
        "include": attr.string_list(default = ["**"], doc = "Patterns of paths, of which one must match."),
        "workspace": attr.string_list(
            default = ["**"],
            doc = "Patterns of repositories' canonical names, of which one must match; that of the main repository is \"\".",
        ),
    },
)
