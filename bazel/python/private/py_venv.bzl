"""Virtual environments of packages of locks."""

load("@ofiuco_config//:python.bzl", "PY_INFOS")
load("//lib/private:packages_aspect.bzl", "OfiucoContentsInfo", "packages_aspect")  # buildifier: disable=bzl-visibility
load("//lib/private:paths.bzl", "runfiles_path")  # buildifier: disable=bzl-visibility
load("//ofiuco:toolchain.bzl", "OFIUCO_TOOLCHAIN", "run_ofiuco")
load(":environment.bzl", "ENVIRONMENT_ATTRS", "environment_of", "interpreter_of")
load(":providers.bzl", "OfiucoEnvironmentInfo", "OfiucoInfo")
load(":py_info.bzl", "imports_of")

def _packages_of(deps):
    """The packages that targets need, each once."""
    packages = depset(transitive = [dep[OfiucoContentsInfo].packages for dep in deps])
    return packages.to_list()

def _first_party(deps, packages):
    """The runfiles of targets that are not in the environment, and their entries of sys.path."""
    sites = {package.site: True for package in packages}
    prefixes = {package.prefix: True for package in packages}
    files = depset(transitive = [dep[DefaultInfo].default_runfiles.files for dep in deps])
    return (
        [file for file in files.to_list() if file not in sites],
        [path for path in imports_of(deps).to_list() if path not in prefixes],
    )

def _runtime_files(ctx):
    """Python itself, when it is built along with the environment."""
    runtime = ctx.attr._environment[OfiucoEnvironmentInfo].runtime
    if not runtime or not runtime.interpreter:
        return depset()
    return depset([runtime.interpreter], transitive = [runtime.files] if runtime.files else [])

def _py_venv_impl(ctx):
    environment = environment_of(ctx)
    packages = _packages_of(ctx.attr.deps)
    output = ctx.actions.declare_directory("venv/" + ctx.label.name)
    flat = ctx.attr.layout == "flat"
    run_ofiuco(
        ctx,
        "venv",
        {
            "output": output.path,
            "target": {"tag": environment.tag, "python": environment.python},
            "interpreter": interpreter_of(ctx),
            "wheels": [{"dir": package.wheel.path} for package in packages],
            "prompt": ctx.attr.prompt or ctx.label.name,
            "flat": flat,
        },
        inputs = depset([package.wheel for package in packages]),
        outputs = [output],
        progress_message = "Making the virtual environment %s for %s" % (ctx.label, environment.tag),
    )
    files, imports = _first_party(ctx.attr.deps, packages)
    site = runfiles_path(output, ctx.workspace_name)
    if not flat:
        site += "/lib/python%s/site-packages" % environment.version
    fields = {
        "imports": depset([site] + imports),
        "transitive_sources": depset([output] + files),
    }
    runfiles = ctx.runfiles(
        files = [output] + ctx.files.data + files,
        transitive_files = depset() if flat else _runtime_files(ctx),
    )
    for target in ctx.attr.data:
        runfiles = runfiles.merge(target[DefaultInfo].default_runfiles)
    return [info(**fields) for info in PY_INFOS] + [
        DefaultInfo(files = depset([output]), runfiles = runfiles),
        # What is built of the environment has the packages in its folder.
        OfiucoInfo(packages = depset()),
    ]

py_venv = rule(
    implementation = _py_venv_impl,
    doc = "Makes a virtual environment, the folder `venv/<name>`, of the packages that targets need. It works wherever Bazel puts " +
          "it, in bazel-bin, in runfiles or in a cache: `bazel-bin/…/venv/<name>/bin/python`, `source …/bin/activate`, console " +
          "scripts. Python targets may depend on it. First-party code is not in the folder, but in the runfiles of what depends on it.",
    attrs = dict({
        "data": attr.label_list(allow_files = True, doc = "Files that are needed at run time."),
        "deps": attr.label_list(
            aspects = [packages_aspect],
            doc = "Packages, and libraries and programs whose packages are taken.",
        ),
        "layout": attr.string(
            default = "venv",
            doc = "\"venv\": a virtual environment (PEP 405). \"flat\": the packages side by side, for PYTHONPATH, as the first ofiuco " +
                  "had them, but as files, not links that lead out of the folder.",
            values = ["flat", "venv"],
        ),
        "prompt": attr.string(doc = "What a shell shows when the environment is active; the default is the name."),
    }, **ENVIRONMENT_ATTRS),
    toolchains = [OFIUCO_TOOLCHAIN],
)
