"""Module extension for the ofiuco binary."""

load(":config.bzl", "ofiuco_config_repository")
load(":repositories.bzl", "PLATFORMS", "ofiuco_register_toolchains")

def _ofiuco_impl(mctx):
    binaries, prebuilt = {}, {}
    for module in mctx.modules:
        # The root module comes first, so that its word stands.
        for tag in module.tags.binary:
            if tag.platform in binaries or tag.platform in prebuilt:
                continue
            if tag.path:
                binaries[tag.platform] = tag.path
            else:
                prebuilt[tag.platform] = (tag.urls, tag.sha256)
    ofiuco_register_toolchains(binaries, prebuilt, register = False)
    ofiuco_config_repository(
        name = "ofiuco_config",
        bazel_version = native.bazel_version,
        rules_python = True,
    )

ofiuco = module_extension(
    implementation = _ofiuco_impl,
    doc = "Where the ofiuco binary comes from. Without a tag it is built by the host's Go.",
    tag_classes = {
        "binary": tag_class(
            doc = "The binary for one execution platform.",
            attrs = {
                "path": attr.string(doc = "Path of a local binary."),
                "platform": attr.string(doc = "The platform, such as linux_amd64.", mandatory = True, values = PLATFORMS),
                "sha256": attr.string(doc = "SHA-256 of what urls serve, in hexadecimal."),
                "urls": attr.string_list(doc = "Where the binary can be downloaded."),
            },
        ),
    },
)
