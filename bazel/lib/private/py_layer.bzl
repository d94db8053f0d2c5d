"""Layers of OCI images, for rules_oci and others that take tarballs."""

load("//ofiuco:toolchain.bzl", "OFIUCO_TOOLCHAIN", "run_ofiuco")
load(":contents.bzl", "CONTENTS_ATTRS", "contents_of")

def _py_layer_impl(ctx):
    contents = contents_of(ctx, ctx.attr.layout == "flat")
    output = ctx.actions.declare_file(ctx.label.name + (".tar.gz" if ctx.attr.compress else ".tar"))
    run_ofiuco(
        ctx,
        "layer",
        dict(contents.instructions, output = output.path, prefix = ctx.attr.prefix.strip("/")),
        inputs = depset(contents.inputs),
        outputs = [output],
        progress_message = "Writing layer %s for %s" % (ctx.label, contents.environment.tag),
    )
    return [DefaultInfo(files = depset([output]), runfiles = ctx.runfiles(files = [output]))]

py_layer = rule(
    implementation = _py_layer_impl,
    doc = "Packs a Python target, for a platform, into a tarball that is a layer of an OCI image: `<name>.tar.gz`, for the attribute " +
          "`tars` of oci_image. Files belong to root, and are of 1980-01-01.",
    attrs = dict(CONTENTS_ATTRS, **{
        "compress": attr.bool(default = True, doc = "Whether the tarball is compressed; else it is `<name>.tar`."),
        "layout": attr.string(
            default = "flat",
            doc = "\"flat\": packages and files lie side by side in the folder `prefix`, which is the PYTHONPATH. \"runfiles\": " +
                  "they lie as under the runfiles' root, `<repository>/<path>`.",
            values = ["flat", "runfiles"],
        ),
        "prefix": attr.string(default = "app", doc = "The folder of the image that all files are in."),
    }),
    toolchains = [OFIUCO_TOOLCHAIN],
)
