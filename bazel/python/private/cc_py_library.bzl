"""Extension modules of Python from C++ sources."""

load("@ofiuco_config//:cc.bzl", "CC")
load("@ofiuco_config//:python.bzl", "PY_INFOS")
load(":environment.bzl", "ENVIRONMENT_ATTRS")
load(":providers.bzl", "OfiucoEnvironmentInfo")
load(":py_info.bzl", "imports_of", "sources_of")

# How Python wants an extension module's name to end.
_SUFFIXES = {"linux": ".so", "macos": ".so", "windows": ".pyd"}

# What a module leaves to the interpreter that imports it, macOS' linker must be told to.
_LINK_FLAGS = {"linux": ["-Wl,-rpath,$ORIGIN"], "macos": ["-undefined", "dynamic_lookup", "-Wl,-rpath,@loader_path"]}

def _compile(ctx, toolchain, features, infos):
    return CC.common.compile(
        name = ctx.label.name,
        actions = ctx.actions,
        cc_toolchain = toolchain,
        compilation_contexts = [info.compilation_context for info in infos],
        defines = ctx.attr.defines,
        feature_configuration = features,
        includes = [ctx.label.package + "/" + folder if ctx.label.package else folder for folder in ctx.attr.includes],
        private_hdrs = [file for file in ctx.files.srcs if file.extension == "inl"],
        public_hdrs = ctx.files.hdrs,
        srcs = [file for file in ctx.files.srcs if file.extension != "inl"],
        user_compile_flags = ctx.attr.copts,
    )

def _link(ctx, toolchain, features, infos, outputs, os):
    """The shared library, which is the module."""
    linked = CC.common.link(
        name = ctx.label.name,
        actions = ctx.actions,
        cc_toolchain = toolchain,
        compilation_outputs = outputs,
        feature_configuration = features,
        language = "c++",
        link_deps_statically = ctx.attr.linkstatic,
        linking_contexts = [info.linking_context for info in infos],
        output_type = "dynamic_library",
        user_link_flags = _LINK_FLAGS.get(os, []) + ctx.attr.linkopts,
    )
    library = linked.library_to_link
    return library.resolved_symlink_dynamic_library or library.dynamic_library

def _linking_context(ctx, toolchain, features, library):
    """What C++ code needs that links with the module."""
    linked = CC.common.create_library_to_link(
        actions = ctx.actions,
        cc_toolchain = toolchain,
        dynamic_library = library,
        feature_configuration = features,
    )
    return CC.common.create_linking_context(linker_inputs = depset([
        CC.common.create_linker_input(owner = ctx.label, libraries = depset([linked])),
    ]))

def _py_fields(deps, files):
    return {
        "imports": imports_of(deps),
        "transitive_sources": sources_of(deps, files),
        "uses_shared_libraries": True,
    }

def _cc_py_library_impl(ctx):
    os = ctx.attr._environment[OfiucoEnvironmentInfo].os
    toolchain = CC.find_toolchain(ctx)
    if not toolchain:
        fail("%s: there is no C++ toolchain for the target platform: register one" % ctx.label)
    features = CC.common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    infos = [dep[CC.info] for dep in ctx.attr.deps if CC.info in dep]
    compilation_context, outputs = _compile(ctx, toolchain, features, infos)
    library = _link(ctx, toolchain, features, infos, outputs, os)
    module = ctx.actions.declare_file(ctx.label.name + _SUFFIXES.get(os, ".so"))
    ctx.actions.symlink(output = module, target_file = library)
    runfiles = ctx.runfiles(files = [library, module] + ctx.files.data)
    for dep in ctx.attr.deps + ctx.attr.data:
        runfiles = runfiles.merge(dep[DefaultInfo].default_runfiles)
    fields = _py_fields(ctx.attr.deps, [module])
    return [info(**fields) for info in PY_INFOS] + [
        DefaultInfo(files = depset([library, module]), runfiles = runfiles),
        CC.info(
            compilation_context = compilation_context,
            linking_context = _linking_context(ctx, toolchain, features, library),
        ),
    ]

cc_py_library = rule(
    implementation = _cc_py_library_impl,
    doc = "Builds an extension module of Python, `<name>.so` (on Windows `<name>.pyd`), from C++ sources, with pybind11 or " +
          "nanobind among its deps, say. Python and C++ targets may depend on it.",
    attrs = dict({
        "copts": attr.string_list(doc = "Options of the compiler."),
        "data": attr.label_list(allow_files = True, doc = "Files that are needed at run time."),
        "defines": attr.string_list(doc = "Preprocessor's defines, also for what depends on the target."),
        "deps": attr.label_list(doc = "Libraries of C and C++ to link with, and packages and libraries of Python needed at run time."),
        "hdrs": attr.label_list(allow_files = [".h", ".hh"], doc = "Headers, also for what depends on the target."),
        "includes": attr.string_list(doc = "Folders of headers in the package, also for what depends on the target."),
        "linkopts": attr.string_list(doc = "Options of the linker."),
        "linkstatic": attr.bool(default = True, doc = "Whether libraries are linked in, where there is a static one."),
        "srcs": attr.label_list(allow_files = [".cc", ".cpp", ".inl"], doc = "Sources, and headers that are included by them only."),
    }, **dict(ENVIRONMENT_ATTRS, **CC.attrs)),
    fragments = ["cpp"],
    toolchains = CC.toolchains,
)
