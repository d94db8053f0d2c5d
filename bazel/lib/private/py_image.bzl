"""OCI images of Python targets on top of a base, as folders and as tarballs."""

load("//ofiuco:toolchain.bzl", "OFIUCO_TOOLCHAIN", "run_ofiuco")
load(":contents.bzl", "CONTENTS_ATTRS", "contents_of")
load(":image_layout.bzl", "layout_folder")
load(":transition.bzl", "platform_transition")

_TAGS_ATTRS = {
    "repo_tags": attr.string_list(
        doc = "Names that the image has where the tarball is loaded, such as `team/project:latest`.",
    ),
}

_IMAGE_ATTRS = dict(CONTENTS_ATTRS, **dict({
    "base": attr.label(
        allow_files = True,
        cfg = platform_transition,
        doc = "The OCI image layout that the image is made on: a folder, such as another py_image or one of rules_oci, or files with an " +
              "`oci-layout` among them. It brings Python. Of several platforms the target's is taken. None by default.",
    ),
    "cmd": attr.string_list(doc = "Arguments of the entrypoint; the default are the base's, when the entrypoint is."),
    "entrypoint": attr.string_list(
        doc = "What the image runs; the default is `python3` with the first file, or the module, of the program that `target` is, else the base's.",
    ),
    "env": attr.string_dict(
        doc = "Environment, on top of the base's. PYTHONPATH has the folders of the packages and files, and is not needed here.",
    ),
    "exposed_ports": attr.string_list(doc = "Ports that the program listens to, such as `8080` or `53/udp`."),
    "labels": attr.string_dict(doc = "Labels, on top of the base's."),
    "layout": attr.string(
        default = "flat",
        doc = "\"flat\": packages and files lie side by side in the folder `prefix`. \"runfiles\": they lie as under the runfiles' " +
              "root, `<repository>/<path>`.",
        values = ["flat", "runfiles"],
    ),
    "prefix": attr.string(default = "app", doc = "The folder of the image that all files are in."),
    "strip_prefix": attr.string(
        default = ".",
        doc = "With layout \"flat\": the folder of the main repository whose contents go to `prefix`; the default is the repository " +
              "itself, so that files are imported by their place in it. So do the contents of the folders that libraries name as `imports`.",
    ),
    "user": attr.string(doc = "The user that the program runs as, a name or `uid:gid`; the default is the base's."),
    "workdir": attr.string(doc = "The folder that the program runs in; the default is the base's."),
}, **_TAGS_ATTRS))

def _python_path(contents, root, flat):
    """The folders of the image that modules are imported from."""
    return [root or "/"] if flat else [root + "/" + path for path in contents.imports]

def _entrypoint(contents, root):
    """What runs the program that the target is."""
    if contents.module:
        return ["python3", "-m", contents.module]
    return ["python3", root + "/" + contents.main] if contents.main else []

def _write_tarball(ctx, layout, inputs):
    """Declares `<name>.tar`."""
    output = ctx.actions.declare_file(ctx.label.name + ".tar")
    run_ofiuco(
        ctx,
        "tarball",
        {"image": layout, "output": output.path, "repo_tags": ctx.attr.repo_tags},
        inputs = inputs,
        outputs = [output],
        progress_message = "Writing tarball of image %s" % ctx.label,
    )
    return output

def _py_image_impl(ctx):
    flat = ctx.attr.layout == "flat"
    contents = contents_of(ctx, flat)
    prefix = ctx.attr.prefix.strip("/")
    root = "/" + prefix if prefix else ""
    layout = ctx.actions.declare_directory(ctx.label.name)
    run_ofiuco(
        ctx,
        "image",
        dict(
            contents.instructions,
            base = layout_folder(ctx, "base", "path") if ctx.attr.base else "",
            config = {
                "cmd": ctx.attr.cmd,
                "entrypoint": ctx.attr.entrypoint or _entrypoint(contents, root),
                "env": ctx.attr.env,
                "exposed_ports": ctx.attr.exposed_ports,
                "labels": ctx.attr.labels,
                "python_path": _python_path(contents, root, flat),
                "user": ctx.attr.user,
                "workdir": ctx.attr.workdir,
            },
            output = layout.path,
            prefix = prefix,
        ),
        inputs = depset(contents.inputs + ctx.files.base),
        outputs = [layout],
        progress_message = "Writing image %s for %s" % (ctx.label, contents.environment.tag),
    )
    tarball = _write_tarball(ctx, layout.path, depset([layout]))
    return [
        DefaultInfo(files = depset([layout]), runfiles = ctx.runfiles(files = [layout])),
        OutputGroupInfo(tarball = depset([tarball])),
    ]

py_image = rule(
    implementation = _py_image_impl,
    doc = "Makes an OCI image of a Python target, for a platform: `<name>` is an OCI image layout, which py_image_push and the rules of " +
          "rules_oci take. Large packages are layers of their own, then come the other ones together, and last the first-party files. " +
          "Output group `tarball`: `<name>.tar`, for `docker load` and `podman load`.",
    attrs = _IMAGE_ATTRS,
    toolchains = [OFIUCO_TOOLCHAIN],
)

def _py_image_tarball_impl(ctx):
    output = _write_tarball(ctx, layout_folder(ctx, "image", "path"), depset(ctx.files.image))
    return [DefaultInfo(files = depset([output]), runfiles = ctx.runfiles(files = [output]))]

py_image_tarball = rule(
    implementation = _py_image_tarball_impl,
    doc = "Writes an image as `<name>.tar`, for `docker load` and `podman load`.",
    attrs = dict({
        "image": attr.label(
            allow_files = True,
            doc = "The image, an OCI image layout: a py_image, an image of rules_oci, or the files of a layout.",
            mandatory = True,
        ),
    }, **_TAGS_ATTRS),
    toolchains = [OFIUCO_TOOLCHAIN],
)
