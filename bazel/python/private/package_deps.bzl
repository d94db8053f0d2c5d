"""The rules of hub repositories: packages of a lock, their versions, extras and cycles."""

load("//ofiuco:toolchain.bzl", "OFIUCO_TOOLCHAIN")
load("//platforms:target.bzl", "overridden")
load("//python/private:cc.bzl", "package_cc_info")
load("//python/private:cycles.bzl", _package_cycle = "package_cycle", _package_member = "package_member")
load("//python/private:environment.bzl", "ENVIRONMENT_ATTRS", "environment_of", "interpreter_of")
load("//python/private:package_actions.bzl", "install_package")
load("//python/private:package_providers.bzl", "absent_package", "followed", "holds", "library_package", "package_providers", "present_package")
load("//python/private:providers.bzl", "OfiucoBuildInfo", "OfiucoInfo", "OfiucoPackageInfo")

package_cycle = _package_cycle
package_member = _package_member

def _refusal(ctx, text):
    """A file whose action fails, so that a package that is absent is an error where it is used, and only there."""
    file = ctx.actions.declare_file("_ofiuco/%s.absent" % ctx.label.name)
    ctx.actions.run_shell(
        outputs = [file],
        command = 'printf "%s\\n" "$1" >&2; exit 1',
        arguments = [text],
        mnemonic = "OfiucoAbsent",
        progress_message = "Refusing %s" % ctx.label,
    )
    return file

def _absent_providers(ctx, name, version, environment):
    refusals = []
    if ctx.attr.absent == "error":
        refusals.append(_refusal(ctx, "%s: the lock has no %s for %s: put a marker on what depends on it, or set absent = \"empty\"" % (
            ctx.label,
            name + (" " + version if version else ""),
            environment.tag,
        )))
    return package_providers(ctx, absent_package(name, version), [], refusals)

_ABSENT_ATTRS = {
    "absent": attr.string(
        default = "empty",
        doc = "What the target is on a platform for which the lock does not have the package: \"empty\", or \"error\", which " +
              "fails what needs its files.",
        values = ["empty", "error"],
    ),
}

def _package_environment(ctx):
    """The environment, with the package's own words for it."""
    environment = environment_of(ctx)
    interpreter = interpreter_of(ctx)
    words = ctx.attr.system_platform
    for part, value in ctx.attr.platforms.items():
        if interpreter and part in interpreter:
            words = value
            break
    return overridden(environment, json.decode(words)) if words else environment

def _package_impl(ctx):
    environment = _package_environment(ctx)
    name, _, version = ctx.attr.constraint.partition("==")
    if ctx.attr.when and not holds(ctx.label, json.decode(ctx.attr.when), environment):
        return _absent_providers(ctx, name, version, environment)
    deps = followed(ctx.label, ctx.attr.deps, json.decode(ctx.attr.markers or "{}"), environment)
    if ctx.attr.is_library:
        return package_providers(ctx, library_package(name, version), deps)
    wheel, site = install_package(ctx, environment)
    own = present_package(ctx, name, version, wheel, site)
    return package_providers(ctx, own, deps, cc_info = package_cc_info(own, interpreter_of(ctx)))

def _package_condition_impl(ctx):
    value = "yes" if holds(ctx.label, json.decode(ctx.attr.when), _package_environment(ctx)) else "no"
    return [config_common.FeatureFlagInfo(value = value)]

_PLATFORMS_ATTRS = {
    "platforms": attr.string_dict(
        doc = "Own words for platforms: part of the interpreter's path to a JSON object of marker variables, which may also have " +
              "`platform_tags`, a list of wheels' platform tags.",
    ),
    "system_platform": attr.string(doc = "JSON object as in `platforms`, for every interpreter that has none there."),
}

package_condition = rule(
    implementation = _package_condition_impl,
    doc = "Answers a marker, \"yes\" or \"no\", for the `flag_values` of a config_setting.",
    attrs = dict({
        "when": attr.string(doc = "The marker, as JSON.", mandatory = True),
    }, **dict(ENVIRONMENT_ATTRS, **_PLATFORMS_ATTRS)),
)

def _builder(may_build):
    # A package that is never built from source does without a C toolchain.
    return Label("//python/private:build_environment") if may_build else None

package = rule(
    implementation = _package_impl,
    doc = "One package of a lock: on each target platform the artifact that fits it best, fetched, built if need be, and installed.",
    attrs = dict({
        "build_lock": attr.label(
            allow_single_file = True,
            doc = "The lock of what is needed to build packages, `ofiuco.build.lock`.",
        ),
        "constraint": attr.string(doc = "Name and version, such as \"anyio==4.4.0\".", mandatory = True),
        "data": attr.label_list(allow_files = True, doc = "Files that the lock names by path, and files that were downloaded already."),
        "deps": attr.label_list(doc = "What the package depends on, on any platform. Libraries of C are used when it is built."),
        "description": attr.string(doc = "What the package is."),
        "entry": attr.string(doc = "All that the lock says of the package, as JSON; made of the other attributes when there is none."),
        "extra_index_urls": attr.string_list(doc = "The index that has the files, when it is not the default one."),
        "files": attr.string_dict(doc = "Names of the files that the lock has, with their hashes, \"sha256:…\"."),
        "is_library": attr.bool(doc = "Whether libraries among `deps` are the package, so that there is nothing to fetch."),
        "markers": attr.string(doc = "JSON object of dependencies' names to their markers, as texts of PEP 508 or in their parsed form."),
        "may_build": attr.bool(default = True, doc = "Whether some platform may need a build from source."),
        "source_urls": attr.string_list(doc = "Where the files are, when no index has them."),
        "when": attr.string(doc = "The marker on the package itself, as JSON; none always holds."),
        "_builder": attr.label(default = _builder, providers = [OfiucoBuildInfo]),
    }, **dict(ENVIRONMENT_ATTRS, **dict(_PLATFORMS_ATTRS, **_ABSENT_ATTRS))),
    toolchains = [OFIUCO_TOOLCHAIN],
)

# A package whose build backend needs Rust: the backend finds its compiler itself.
rust_package = package

def _bare_name(label):
    """The name of a target without the folder of targets that are not public, and without an extra."""
    return label.name.rpartition("/")[2].partition("[")[0]

def _package_versions_impl(ctx):
    environment = environment_of(ctx)
    taken = [version for version in ctx.attr.versions if version[OfiucoPackageInfo].present]
    if len(taken) > 1:
        fail("%s: on %s the lock has %s: lock it anew, or tell apart what depends on each by markers" % (
            ctx.label,
            environment.tag,
            " and ".join(["%s %s" % (v[OfiucoPackageInfo].name, v[OfiucoPackageInfo].version) for v in taken]),
        ))
    if not taken:
        return _absent_providers(ctx, _bare_name(ctx.label), "", environment)
    return package_providers(ctx, taken[0][OfiucoPackageInfo], taken)

package_versions = rule(
    implementation = _package_versions_impl,
    doc = "The one version of a package, of several in the lock, that the target platform takes.",
    attrs = dict({
        "versions": attr.label_list(doc = "The versions, rules `package`.", mandatory = True, providers = [OfiucoPackageInfo]),
    }, **dict(ENVIRONMENT_ATTRS, **_ABSENT_ATTRS)),
)

def _package_extra_impl(ctx):
    environment = environment_of(ctx)
    package = [ctx.attr.package] if ctx.attr.package else []
    deps = package + followed(ctx.label, ctx.attr.deps, json.decode(ctx.attr.markers or "{}"), environment)

    # What the target stands for is the package whose extra it is, also where that is absent.
    name = _bare_name(ctx.label)
    own = [dep[OfiucoPackageInfo] for dep in package + ctx.attr.deps if _bare_name(dep.label) == name and OfiucoPackageInfo in dep]
    return package_providers(ctx, own[0] if own else None, deps)

package_extra = rule(
    implementation = _package_extra_impl,
    doc = "A package together with what one of its extras adds; without a package, a gathering of packages.",
    attrs = dict({
        "deps": attr.label_list(doc = "What the extra adds, on any platform.", providers = [OfiucoInfo]),
        "markers": attr.string(doc = "JSON object of dependencies' names to their markers, as in the rule `package`."),
        "package": attr.label(doc = "The package itself, which may be one of deps instead.", providers = [OfiucoInfo]),
    }, **ENVIRONMENT_ATTRS),
)
