"""The repository rule that turns a lock file into a hub repository."""

load("//ofiuco:repositories.bzl", "host_binary", "ruleset")

def _beside(label, name):
    """The label of a file in the same package. Bazel before 6.4 has only the old method."""
    return label.same_package_label(name) if hasattr(label, "same_package_label") else label.relative(":" + name)

def _existing(rctx, label, beside):
    """The path of a file that is named by label, or else lies beside the lock; "" when it is not there.

    The repository is made anew when the file changes or, where it was not there, appears. Before Bazel 7.1 a file that appears goes
    unnoticed until the package's BUILD file changes.
    """
    if label:
        return str(rctx.path(label))
    lock = rctx.attr.lock
    folder = rctx.path(lock).dirname
    file = folder.get_child(beside)
    if file.exists:
        return str(rctx.path(_beside(lock, beside)))
    if hasattr(rctx, "watch"):
        rctx.watch(file)
        return ""
    for name in ["BUILD.bazel", "BUILD"]:
        if folder.get_child(name).exists:
            rctx.path(_beside(lock, name))
            break
    return ""

def _copied(rctx, name):
    """A file beside the lock as a file of the repository, so that no BUILD file need export it; "" when it is not there."""
    path = _existing(rctx, None, name)
    if not path:
        return ""
    rctx.file(name, rctx.read(path), executable = False)
    return name

def _main(label, lock):
    """A label without a repository names the main one, also in the BUILD files of a hub; in a MODULE.bazel that is "@@"."""
    return ("@@" if lock.startswith("@@") else "@") + label if label.startswith("//") else label

def _download(rctx):
    """Downloads what ofiuco listed, all at once where Bazel can (7.1)."""
    listed = rctx.path("downloads.json")
    if not listed.exists:
        return
    options = {"block": False} if hasattr(rctx, "watch") else {}
    pending = [
        rctx.download(file["urls"], file["path"], sha256 = file["sha256"], **options)
        for file in json.decode(rctx.read(listed))
    ]
    for download in pending:
        if options:
            download.wait()

def _parse_lock_impl(rctx):
    attr = rctx.attr
    hub = attr.hub or rctx.name
    lock = rctx.path(attr.lock)
    if not lock.exists:
        fail("%s: there is no lock file %s: write it (poetry lock, uv lock), or name the right one" % (hub, attr.lock))
    instructions = {
        "lock": str(lock),
        "lock_label": _main(str(attr.lock), str(attr.lock)),
        "pyproject": _existing(rctx, attr.toml, "pyproject.toml"),
        "output": ".",
        "hub": hub,
        "rules": ruleset(),
        "generate_extras": attr.generate_extras,
        "platforms": attr.platforms,
        "deps": {name: [_main(label, str(attr.lock)) for label in labels] for name, labels in attr.deps.items()},
        "build_files": attr.build_files,
        "build_lock": _copied(rctx, "ofiuco.build.lock"),
        "downloader": attr.downloader,
        "absent": attr.absent,
    }
    rctx.file("buildfile.json", json.encode(instructions))
    result = rctx.execute([host_binary(rctx), "bazel", "buildfile", "buildfile.json"])
    if result.return_code:
        fail("%s:\n%s" % (hub, result.stderr))
    _download(rctx)

LOCK_ATTRS = {
    "absent": attr.string(
        default = "empty",
        doc = "What a package is on a platform for which the lock does not have it: \"empty\", \"error\", or \"incompatible\", which " +
              "has Bazel pass over what needs it.",
        values = ["empty", "error", "incompatible"],
    ),
    "build_files": attr.string_dict(
        doc = "BUILD text for the folders of packages, by the longest prefix of their name and version, `numpy-2`.",
    ),
    "deps": attr.string_list_dict(
        doc = "Labels that packages also depend on, by the packages' names. `//…` is of the main repository; a library of C " +
              "is used when the package is built. For a package that the lock has as a folder, such as a member of the workspace, " +
              "the labels are the package.",
    ),
    "downloader": attr.string_list(
        doc = "Targets, such as cp312-manylinux_2_34_aarch64, whose files Bazel's downloader fetches with the repository, so that no " +
              "action needs the network.",
    ),
    "enable_rust": attr.bool(doc = "Kept for compatibility: builds that need Rust find its compiler themselves."),
    "generate_extras": attr.bool(default = True, doc = "Whether extras have targets, `name[extra]`."),
    "lock": attr.label(
        allow_single_file = True,
        doc = "The lock file: poetry.lock, uv.lock, pdm.lock, pylock.toml or requirements.txt with hashes.",
        mandatory = True,
    ),
    "platforms": attr.string_dict(
        doc = "Own words for platforms, for every package; see the attribute of the rule `package`.",
    ),
    "toml": attr.label(allow_single_file = True, doc = "The pyproject.toml; the default is the one beside the lock, if there is one."),
}

parse_lock = repository_rule(
    implementation = _parse_lock_impl,
    doc = "Makes a hub repository of a lock file, with a target for each package. It runs ofiuco once, without network or Python.",
    attrs = dict({
        "hub": attr.string(doc = "The name that messages and requirements.bzl use; the default is the repository's."),
    }, **LOCK_ATTRS),
)
