"""What of a target goes where in an output: wheels of packages, and first-party files."""

load("//python/private:environment.bzl", "known_environment")  # buildifier: disable=bzl-visibility
load("//python/private:py_info.bzl", "imports_of")  # buildifier: disable=bzl-visibility
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

def _starts(file, program):
    """Whether a file is what starts a program from Bazel's own folders: of rules_python the launcher and the folder `_<name>.venv`."""
    if file.is_source:
        return False
    return (program and file.owner == program.label and file.extension != "pyc") or ".venv/bin/python" in file.path

def _first_party(target, workspace, program, passed_over):
    """The files that a target needs at run time, by their paths under the runfiles' root."""
    info = target[DefaultInfo]
    files = info.default_runfiles.files
    if info.files_to_run.executable:
        passed_over[info.files_to_run.executable] = True
    else:
        files = depset(transitive = [info.files, files])
    placed = {runfiles_path(file, workspace): file for file in files.to_list() if file not in passed_over and not _starts(file, program)}
    for link in info.default_runfiles.symlinks.to_list():
        placed[workspace + "/" + link.path] = link.target_file
    for link in info.default_runfiles.root_symlinks.to_list():
        # rules_python's links in a program's own environment lead to files that are placed already.
        if ".venv/" not in link.path:
            placed[link.path] = link.target_file
    return placed

def contents_of(ctx, flat):
    """What an output of the rule's target is made of.

    Args:
      ctx: context of a rule with CONTENTS_ATTRS.
      flat: whether packages and files lie side by side at the root, not as under the runfiles' root.

    Returns:
      struct: `environment`, as environment_of gives it; `instructions`, the keys that the commands for outputs share;
      `inputs`, list of the files that they name; `imports`, list of the target's entries of sys.path under the runfiles' root;
      `main`, the path in the output of the program's first file, and `module`, the module that it runs in place of a file, both ""
      when the target is no program; `windows`, whether the target platform is Windows.
    """
    target = _only(ctx.attr.target)
    contents = target[OfiucoContentsInfo]
    environment = known_environment(ctx, contents.environment)
    packages, program = contents.packages.to_list(), contents.program
    imports = imports_of([target]).to_list()
    prefix = ctx.attr.strip_prefix or target.label.package
    roots = imports + [ctx.workspace_name + "/" + prefix]

    passed_over = _runtime_files(contents.environment.runtime)
    passed_over.update({package.site: True for package in packages})
    files, inputs, main = [], [package.wheel for package in packages], ""
    for path, file in _first_party(target, ctx.workspace_name, program, passed_over).items():
        name = flattened(path, roots) if flat else path
        files.append({"path": file.path, "name": name})
        inputs.append(file)
        if not main and program and file == program.main:
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
        module = program.module if program else "",
        windows = contents.environment.os == "windows",
    )
