"""Repositories of the ofiuco binary: one for each execution platform, fetched only when Bazel needs it."""

# The execution platforms that have a binary, in Go's words, by what Bazel and repository_os call their parts.
_OS = {"linux": "linux", "mac os x": "darwin", "macos": "darwin", "darwin": "darwin", "windows": "windows"}
_CPU = {"amd64": "amd64", "x86_64": "amd64", "x64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_CONSTRAINTS = {
    "linux": "@platforms//os:linux",
    "darwin": "@platforms//os:macos",
    "windows": "@platforms//os:windows",
    "amd64": "@platforms//cpu:x86_64",
    "arm64": "@platforms//cpu:aarch64",
}
PLATFORMS = [os + "_" + cpu for os in ["linux", "darwin", "windows"] for cpu in ["amd64", "arm64"]]

def _host_platform(rctx):
    """The host as one of PLATFORMS, "" when it is none."""
    os, cpu = rctx.os.name.lower(), getattr(rctx.os, "arch", "")
    if not cpu:
        # Bazel before 5.1 does not tell.
        cpu = rctx.os.environ.get("PROCESSOR_ARCHITECTURE", "").lower() if os.startswith("windows") else rctx.execute(["uname", "-m"]).stdout.strip()
    os = "windows" if os.startswith("windows") else os
    name = "%s_%s" % (_OS.get(os, os), _CPU.get(cpu, cpu))
    return name if name in PLATFORMS else ""

def host_binary(rctx):
    """The path of the binary that runs on the host, for repository rules.

    Args:
      rctx: a repository rule's context; the rule is run anew when the binary changes.

    Returns:
      path.
    """
    platform = _host_platform(rctx)
    if not platform:
        fail("ofiuco has no binary for this host (%s): want one of %s" % (rctx.os.name, ", ".join(PLATFORMS)))
    return rctx.path(Label("@ofiuco_%s//:ofiuco%s" % (platform, _suffix(platform))))

def _suffix(platform):
    return ".exe" if platform.startswith("windows") else ""

def _watch_sources(rctx, go, sources):
    """Builds anew when a source changes, where Bazel can watch files outside of the workspace (7.1)."""
    if not hasattr(rctx, "watch"):
        return
    template = "{{if and .Module .Module.Main}}{{range .GoFiles}}{{$.Dir}}/{{.}}\n{{end}}{{end}}"
    listed = rctx.execute([go, "list", "-deps", "-f", template, "./cmd/ofiuco"], working_directory = str(sources))
    for path in listed.stdout.splitlines():
        if path:
            rctx.watch(path)

def _build(rctx, output):
    """Builds the binary from the sources around the ruleset."""
    sources = rctx.path(Label("//:MODULE.bazel")).realpath.dirname.dirname
    go = rctx.which("go")
    if not sources.get_child("go.mod").exists:
        fail("%s has no binary of ofiuco, and no Go sources lie around the ruleset: give its urls and sha256, or a binary" % rctx.name)
    if not go:
        fail(rctx.name + ": building ofiuco needs Go in PATH: install it, give a binary's urls and sha256, or set OFIUCO_BINARY")
    os, _, cpu = rctx.attr.platform.partition("_")
    result = rctx.execute(
        [go, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", str(rctx.path(output)), "./cmd/ofiuco"],
        environment = {"CGO_ENABLED": "0", "GOOS": os, "GOARCH": cpu},
        working_directory = str(sources),
        timeout = 1200,
    )
    if result.return_code:
        fail("building ofiuco in %s:\n%s" % (sources, result.stderr))
    _watch_sources(rctx, go, sources)

def _binary_repository_impl(rctx):
    platform = rctx.attr.platform
    output = "ofiuco" + _suffix(platform)
    binary, said_by = rctx.attr.binary, rctx.name
    if not binary and platform == _host_platform(rctx):
        binary, said_by = rctx.os.environ.get("OFIUCO_BINARY", ""), "OFIUCO_BINARY"
    if binary:
        if not rctx.path(binary).exists:
            fail("%s: there is no binary %s: mend the path, or leave it out to build one" % (said_by, binary))
        rctx.symlink(binary, output)
    elif rctx.attr.urls and not rctx.attr.sha256:
        fail("%s has urls but no sha256: give the binary's SHA-256, so that no other one is ever run" % rctx.name)
    elif rctx.attr.urls:
        rctx.download(rctx.attr.urls, output, sha256 = rctx.attr.sha256, executable = True)
    else:
        _build(rctx, output)
    rctx.file("BUILD.bazel", """\
load("{rules}//ofiuco:toolchain.bzl", "ofiuco_toolchain")

exports_files(["{binary}"])

ofiuco_toolchain(
    name = "toolchain",
    binary = "{binary}",
    visibility = ["//visibility:public"],
)
""".format(binary = output, rules = ruleset()))

ofiuco_binary_repository = repository_rule(
    implementation = _binary_repository_impl,
    doc = "The binary for one execution platform: a local file, a download, or built by the host's Go.",
    attrs = {
        "binary": attr.string(doc = "Path of a binary. The host's can also be named by the environment variable OFIUCO_BINARY."),
        "platform": attr.string(doc = "The platform, such as linux_amd64.", mandatory = True, values = PLATFORMS),
        "sha256": attr.string(doc = "SHA-256 of what urls serve, in hexadecimal."),
        "urls": attr.string_list(doc = "Where the binary can be downloaded."),
    },
    environ = ["OFIUCO_BINARY", "PATH"],
)

def ruleset():
    """How generated BUILD files name this repository: "@ofiuco", or with MODULE.bazel its canonical name."""
    return str(Label("//:BUILD.bazel")).partition("//")[0] or "@"

def _toolchains_repository_impl(rctx):
    text = ""
    for platform in PLATFORMS:
        os, _, cpu = platform.partition("_")
        text += """\
toolchain(
    name = "{platform}",
    exec_compatible_with = ["{os}", "{cpu}"],
    toolchain = "{repository}//:toolchain",
    toolchain_type = "{rules}//ofiuco:toolchain_type",
)

""".format(
            platform = platform,
            os = _CONSTRAINTS[os],
            cpu = _CONSTRAINTS[cpu],
            repository = str(Label("@ofiuco_%s//:BUILD.bazel" % platform)).partition("//")[0],
            rules = ruleset(),
        )
    rctx.file("BUILD.bazel", text)

ofiuco_toolchains_repository = repository_rule(
    implementation = _toolchains_repository_impl,
    doc = "The toolchains of all execution platforms. A binary is fetched when its toolchain is taken.",
)

# buildifier: disable=unnamed-macro
def ofiuco_register_toolchains(binaries = {}, prebuilt = {}, register = True):
    """Declares the binary's repositories and, in a WORKSPACE, registers the toolchains.

    Args:
      binaries: dict of platforms, such as "linux_amd64", to paths of local binaries.
      prebuilt: dict of platforms to (urls, sha256). What is in neither is built by the host's Go.
      register: whether to register the toolchains; a module does it in MODULE.bazel.
    """
    for platform in list(binaries) + list(prebuilt):
        if platform not in PLATFORMS:
            fail("ofiuco has no binary for %r: name one of %s" % (platform, ", ".join(PLATFORMS)))
    for platform in PLATFORMS:
        urls, sha256 = prebuilt.get(platform, ([], ""))
        ofiuco_binary_repository(
            name = "ofiuco_" + platform,
            platform = platform,
            binary = binaries.get(platform, ""),
            urls = urls,
            sha256 = sha256,
        )
    ofiuco_toolchains_repository(name = "ofiuco_toolchains")
    if register:
        native.register_toolchains("@ofiuco_toolchains//:all")
