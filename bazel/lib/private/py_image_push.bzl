"""Programs that push images to registries.

They are ofiuco itself under another name, which finds its instructions beside itself: rules that run programs of other rules do
not know their `args`.
"""

load("//ofiuco:toolchain.bzl", "OFIUCO_TOOLCHAIN")
load(":image_layout.bzl", "layout_folder")

def _py_image_push_impl(ctx):
    ofiuco = ctx.toolchains[OFIUCO_TOOLCHAIN].ofiuco
    program = ctx.actions.declare_file(ctx.label.name + (".exe" if ofiuco.extension == "exe" else ""))
    ctx.actions.symlink(output = program, target_file = ofiuco, is_executable = True)
    instructions = ctx.actions.declare_file("_ofiuco/%s.push.json" % ctx.label.name)
    ctx.actions.write(instructions, json.encode({
        "image": layout_folder(ctx, "image", "short_path"),
        "program": program.short_path,
        "repository": ctx.attr.repository,
        "tags": ctx.attr.remote_tags,
        "workspace": ctx.workspace_name,
    }))
    return [DefaultInfo(
        executable = program,
        files = depset([program]),
        runfiles = ctx.runfiles(files = [instructions] + ctx.files.image),
    )]

py_image_push = rule(
    implementation = _py_image_push_impl,
    doc = "Pushes an image when it is run by `bazel run`, and prints its reference by digest. It needs no Docker: who one is comes of " +
          "docker's config.json and its credential helpers. What the registry has already is not sent again. " +
          "`bazel run :push -- --tag TAG` gives one more tag, `--repository REPOSITORY` stands for the attribute.",
    attrs = {
        "image": attr.label(
            allow_files = True,
            doc = "The image, or index of images, an OCI image layout: a py_image, an image of rules_oci, or the files of a layout.",
            mandatory = True,
        ),
        "remote_tags": attr.string_list(doc = "Tags that the image gets; without any only its digest names it."),
        "repository": attr.string(doc = "Where the image goes, such as `<registry>/team/project`; plain http is for this machine only."),
    },
    executable = True,
    toolchains = [OFIUCO_TOOLCHAIN],
)
