"""The extension of 0.6 to 0.9 that chose a Python for the repository phase. It is kept so that MODULE.bazel files stay valid:
no Python is needed there."""

def _internal_deps_impl(_mctx):
    pass

internal_deps = module_extension(
    implementation = _internal_deps_impl,
    doc = "Declares nothing.",
    tag_classes = {
        "host_toolchain": tag_class(
            doc = "Has no effect.",
            attrs = {"python_version": attr.string(doc = "Has no effect.")},
        ),
        "install": tag_class(doc = "Has no effect."),
    },
)
