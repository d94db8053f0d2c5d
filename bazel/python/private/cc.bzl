"""C and C++: the toolchain and the libraries that builds from source use, and what packages offer to C++ code."""

load("@ofiuco_config//:cc.bzl", "CC")
load("//python/private:providers.bzl", "OfiucoBuildInfo", "OfiucoEnvironmentInfo", "OfiucoInfo")

# What the toolchains of Bazel call processors, in Linux's words. Others are not compared.
_CPUS = {
    "aarch64": "aarch64",
    "arm64": "aarch64",
    "darwin_arm64": "aarch64",
    "darwin_x86_64": "x86_64",
    "k8": "x86_64",
    "x64_windows": "x86_64",
    "x86_64": "x86_64",
}

# Flags that belong to one kind of output; a build backend adds its own.
_LINK_KINDS = ["-shared", "-dynamiclib", "-bundle", "-pie"]

def _tool_and_flags(configuration, toolchain, action):
    variables = CC.common.create_compile_variables(feature_configuration = configuration, cc_toolchain = toolchain, use_pic = True)
    if "link" in action:
        variables = CC.common.create_link_variables(
            feature_configuration = configuration,
            cc_toolchain = toolchain,
            is_linking_dynamic_library = True,
        )
    flags = CC.common.get_memory_inefficient_command_line(
        feature_configuration = configuration,
        action_name = action,
        variables = variables,
    )
    tool = CC.common.get_tool_for_action(feature_configuration = configuration, action_name = action)
    return tool, [flag for flag in flags if flag not in _LINK_KINDS]

def _cc(ctx, cpu):
    """The C toolchain's tools and flags; None when there is none that is known to make code for the target's processor."""
    toolchain = CC.find_toolchain(ctx)
    if not toolchain or _CPUS.get(toolchain.cpu, cpu) != cpu:
        return None, depset()
    configuration = CC.common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    cc, cflags = _tool_and_flags(configuration, toolchain, "c-compile")
    cxx, cxxflags = _tool_and_flags(configuration, toolchain, "c++-compile")
    _, ldflags = _tool_and_flags(configuration, toolchain, "c++-link-dynamic-library")
    fragment = ctx.fragments.cpp
    return {
        "cc": cc,
        "cxx": cxx,
        "ar": CC.common.get_tool_for_action(feature_configuration = configuration, action_name = "c++-link-static-library"),
        "strip": CC.common.get_tool_for_action(feature_configuration = configuration, action_name = "strip"),
        "cflags": cflags + fragment.copts + fragment.conlyopts,
        "cxxflags": cxxflags + fragment.copts + fragment.cxxopts,
        "ldflags": ldflags + fragment.linkopts,
        "libraries": [],
    }, toolchain.all_files

def _runtime_files(runtime):
    files = [runtime.files] if runtime.files else []
    return depset([runtime.interpreter] if runtime.interpreter else [], transitive = files)

def _interpreter(wanted, executing):
    """A Python that runs on the execution platform and is the target's: (path, files)."""
    runtime = wanted.runtime
    own = wanted.os == executing.os and wanted.cpu == executing.cpu
    if not own and executing.target and wanted.target and executing.target.version == wanted.target.version:
        runtime = executing.runtime or runtime
    elif not own and runtime and runtime.interpreter:
        # It is made for another machine. A path, on the other hand, is one of the execution platform.
        runtime = None
    if not runtime:
        return "", depset()
    if runtime.interpreter_path:
        return runtime.interpreter_path, depset()
    return runtime.interpreter.path, _runtime_files(runtime)

def _build_environment_impl(ctx):
    wanted = ctx.attr._environment[OfiucoEnvironmentInfo]
    interpreter, python_files = _interpreter(wanted, ctx.attr._exec_environment[OfiucoEnvironmentInfo])
    cc, cc_files = _cc(ctx, wanted.cpu)
    return [OfiucoBuildInfo(cc = cc, interpreter = interpreter, files = depset(transitive = [python_files, cc_files]))]

build_environment = rule(
    implementation = _build_environment_impl,
    doc = "Finds what builds from source use, once for all packages.",
    attrs = dict({
        "_environment": attr.label(default = "//python/private:environment", providers = [OfiucoEnvironmentInfo]),
        "_exec_environment": attr.label(
            cfg = "exec",
            default = "//python/private:environment",
            providers = [OfiucoEnvironmentInfo],
        ),
    }, **CC.attrs),
    fragments = ["cpp"],
    provides = [OfiucoBuildInfo],
    toolchains = CC.toolchains,
)

def _compile_flags(context):
    return (
        ["-I" + path for path in context.includes.to_list()] +
        [part for path in context.quote_includes.to_list() for part in ["-iquote", path]] +
        [part for path in context.system_includes.to_list() for part in ["-isystem", path]] +
        ["-D" + define for define in context.defines.to_list()]
    )

def _linked(library):
    return library.pic_static_library or library.static_library or library.dynamic_library or library.interface_library

def with_libraries(cc, deps):
    """The tools and flags of a C toolchain, with the libraries that a package is built with.

    Args:
      cc: the dict of OfiucoBuildInfo; None stays None.
      deps: targets, of which those with CcInfo count that are no packages: what a build takes of packages are its requirements.

    Returns:
      (dict, depset of files).
    """
    infos = [dep[CC.info] for dep in deps if CC.info in dep and OfiucoInfo not in dep]
    if not cc or not infos:
        return cc, depset()
    merged = CC.common.merge_cc_infos(cc_infos = infos)
    libraries, flags = [], []
    for input in merged.linking_context.linker_inputs.to_list():
        libraries += [file for file in [_linked(library) for library in input.libraries] if file]
        flags += input.user_link_flags
    compile = _compile_flags(merged.compilation_context)
    return dict(
        cc,
        cflags = cc["cflags"] + compile,
        cxxflags = cc["cxxflags"] + compile,
        ldflags = cc["ldflags"] + flags,
        libraries = [file.path for file in libraries],
    ), depset(libraries, transitive = [merged.compilation_context.headers])

def _quoted(text):
    return '"%s"' % text

def package_cc_info(package, interpreter):
    """What a package offers to C++ code: its headers, and where Python finds it, for programs that embed Python.

    Args:
      package: OfiucoPackageInfo of a package that is present.
      interpreter: path of the target's interpreter.

    Returns:
      CcInfo with the include folders that packages use by custom, `NAME/include` and `NAME/_core/include`, and the
      defines PYTHON_PROGRAM_NAME, PYTHON_PREFIX and PYTHON_PATH_<name>.
    """
    module = package.name.lower().replace("-", "_").replace(".", "_")
    folders = ["", "/%s/include" % module, "/%s/_core/include" % module, "/%s/core/include" % module]
    prefix = interpreter.rpartition("/")[0]
    return CC.info(compilation_context = CC.common.create_compilation_context(
        headers = depset([package.site]),
        system_includes = depset([package.site.path + folder for folder in folders]),
        defines = depset([
            "PYTHON_PROGRAM_NAME=" + _quoted(interpreter),
            "PYTHON_PREFIX=" + _quoted(prefix[:-len("/bin")] if prefix.endswith("/bin") else prefix),
            "PYTHON_PATH_%s=%s" % (module, _quoted("../" + package.import_path)),
        ]),
    ))
