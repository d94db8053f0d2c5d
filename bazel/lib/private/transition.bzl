"""Building a target for another platform than the one of the command line."""

def _platform_transition_impl(settings, attr):
    return {"//command_line_option:platforms": str(attr.platform) if attr.platform else settings["//command_line_option:platforms"]}

platform_transition = transition(
    implementation = _platform_transition_impl,
    inputs = ["//command_line_option:platforms"],
    outputs = ["//command_line_option:platforms"],
)

PLATFORM_ATTRS = {
    "platform": attr.label(doc = "The platform to build for; the default is that of the command line."),
    "_allowlist_function_transition": attr.label(default = "@bazel_tools//tools/allowlists/function_transition_allowlist"),
}
