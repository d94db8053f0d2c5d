"""What of a target goes where in an output: wheels of packages, and first-party files."""

load("@ofiuco_config//:python.bzl", "PY_INFOS")
load("//python/private:environment.bzl", "environment_of")  # buildifier: disable=bzl-visibility
load("//python/private:providers.bzl", "OfiucoEnvironmentInfo")  # buildifier: disable=bzl-visibility
load(":packages_aspect.bzl", "OfiucoContentsInfo", "packages_aspect")
load(":paths.bzl", "flattened", "runfiles_path")
load(":transition.bzl", "PLATFORM_ATTRS", "platform_transition")

CONTENTS_ATTRS = dict(PLATFORM_ATTRS, **{
    "exclude": attr.string_list(
        doc = "Patterns of paths in the output that are left out, as whole texts: `*` and `?` do not cross `/`, `**` does.",
    ),
    "executable": attr.string_list(
        doc = "Patterns of paths in the output of first-party files that get the mode 0755; others get 0644, whatever the " +
              "source file's is, since actions that run remotely are not told it. Packages' files have the modes that they are " +
              "installed with.",
    ),
    "strip_prefix": attr.string(
        doc = "With layout \"flat\": the folder of the main repository whose contents go to the root, `.` for the repository " +
              "itself; the default is the package of the target. So do the contents of the folders that libraries name as " +
              "`imports`.",
    ),
    "target": attr.label(
        aspects = [packages_aspect],
        cfg = platform_transition,
        doc = "The library or program to pack, with all that it depends on.",
        mandatory = True,
    ),
})

def _only(attribute):
    """The target of an attribute, which is a list when the attribute has a transition."""
    return attribute[0] if type(attribute) == "list" else attribute

def _runtime_files(runtime):
    """Python itself, which an output is run by."""
    files = {}
    if runtime and runtime.files:
        files.update({file: True for file in runtime.files.to_list()})
    if runtime and runtime.interpreter:
        files[runtime.interpreter] = True
    return files

def _first_party(target, workspace, passed_over):
    """The files that a target needs at run time, by their paths under the runfiles' root."""
    info = target[DefaultInfo]
    files = info.default_runfiles.files
    if info.files_to_run.executable:
        # It starts Python from Bazel's own folders.
        passed_over[info.files_to_run.executable] = True
    else:
        files = depset(transitive = [info.files, files])
    placed = {runfiles_path(file, workspace): file for file in files.to_list() if file not in passed_over}
    for link in info.default_runfiles.symlinks.to_list():
        placed[workspace + "/" + link.path] = link.target_file
    for link in info.default_runfiles.root_symlinks.to_list():
        placed[link.path] = link.target_file
    return placed

def _imports_of(target):
    for info in PY_INFOS:
        if info in target:
            return target[info].imports.to_list()
    return []

def contents_of(ctx, flat):
    """What an output of the rule's target is made of.

    Args:
      ctx: context of a rule with CONTENTS_ATTRS.
      flat: whether packages and files lie side by side at the root, not as under the runfiles' root.

    Returns:
      struct: `environment`, as environment_of gives it; `instructions`, the keys that the commands for outputs share;
      `inputs`, list of the files that they name; `imports`, list of the target's entries of sys.path under the runfiles' root;
      `main`, the path in the output of the program's first file, "" when the target is no program; `windows`, whether the
      target platform is Windows.
    """
    target = _only(ctx.attr.target)
    info = _only(ctx.attr._environment)[OfiucoEnvironmentInfo]
    environment = environment_of(ctx)
    packages = target[OfiucoContentsInfo].packages.to_list()
    imports = _imports_of(target)
    prefix = ctx.attr.strip_prefix or target.label.package
    roots = imports + [ctx.workspace_name + "/" + prefix]

    passed_over = _runtime_files(info.runtime)
    passed_over.update({package.site: True for package in packages})
    files, inputs, main = [], [package.wheel for package in packages], ""
    for path, file in _first_party(target, ctx.workspace_name, passed_over).items():
        name = flattened(path, roots) if flat else path
        files.append({"path": file.path, "name": name})
        inputs.append(file)
        if not main and file == target[OfiucoContentsInfo].main:
            main = name
    return struct(
        environment = environment,
        instructions = {
            "target": {"tag": environment.tag, "python": environment.python},
            "wheels": [{"dir": package.wheel.path, "prefix": "" if flat else package.prefix} for package in packages],
            "files": files,
            "exclude": ctx.attr.exclude,
            "executable": ctx.attr.executable,
        },
        imports = [ctx.workspace_name] + imports,
        inputs = inputs,
        main = main,
        windows = info.os == "windows",
    )
