"""The actions of one package: fetch an artifact, build it when it is no wheel, install the wheel."""

load("//ofiuco:toolchain.bzl", "run_ofiuco")
load("//python/private:cc.bzl", "with_libraries")
load("//python/private:entry.bzl", "entry_of")
load("//python/private:providers.bzl", "OfiucoBuildInfo")

def _target_of(environment):
    return {"tag": environment.tag, "python": environment.python}

def _mostly_waits(_os, _inputs):
    """What a download takes of the machine, so that more of them run at once than it has processors."""
    return {"cpu": 0.25}

# Before Bazel 5.3 an action can't say so.
_DOWNLOAD = {"resource_set": _mostly_waits} if hasattr(config_common, "toolchain_type") else {}

def _fetch(ctx, entry, environment, directory):
    """Fetches the artifact that fits the target. The only action that needs the network."""
    fetched = ctx.actions.declare_directory("_ofiuco/%s/fetched" % directory)
    build_lock = ctx.file.build_lock
    inputs = ctx.files.data + ([build_lock] if build_lock else [])
    run_ofiuco(
        ctx,
        "fetch",
        {
            "package": entry,
            "target": _target_of(environment),
            "output": fetched.path,
            "files": [file.path for file in ctx.files.data],
            "build_lock": build_lock.path if build_lock else "",
        },
        name = directory,
        inputs = depset(inputs),
        outputs = [fetched],
        # Credentials of indexes come from --action_env.
        use_default_shell_env = True,
        execution_requirements = {"requires-network": "1", "no-remote-exec": "1"},
        progress_message = "Fetching %s %s for %s" % (entry["name"], entry["version"], environment.tag),
        **_DOWNLOAD
    )
    return fetched

def _build(ctx, entry, environment, directory, fetched):
    """Builds the wheel when an sdist or a source tree was fetched; a wheel passes through."""
    builder = ctx.attr._builder[OfiucoBuildInfo]
    cc, libraries = with_libraries(builder.cc, ctx.attr.deps)
    wheel = ctx.actions.declare_directory("_ofiuco/%s/wheel" % directory)
    build_lock = ctx.file.build_lock
    run_ofiuco(
        ctx,
        "build",
        {
            "package": entry,
            "target": _target_of(environment),
            "fetched": fetched.path,
            "output": wheel.path,
            "interpreter": builder.interpreter,
            "cc": cc,
            "build_lock": build_lock.path if build_lock else "",
        },
        name = directory,
        inputs = depset([fetched] + ([build_lock] if build_lock else []), transitive = [builder.files, libraries]),
        outputs = [wheel],
        progress_message = "Building %s %s for %s" % (entry["name"], entry["version"], environment.tag),
    )
    return wheel

def _install(ctx, entry, environment, directory, wheel):
    """Installs the wheel into a folder, which is what is imported."""
    site = ctx.actions.declare_directory("%s/%s/%s" % (environment.version, environment.triple, directory))
    run_ofiuco(
        ctx,
        "install",
        {"target": _target_of(environment), "wheel": wheel.path, "output": site.path},
        name = directory,
        inputs = depset([wheel]),
        outputs = [site],
        progress_message = "Installing %s %s for %s" % (entry["name"], entry["version"], environment.tag),
    )
    return site

def install_package(ctx, environment):
    """Registers the actions of a package.

    Args:
      ctx: context of the rule `package`.
      environment: what the package is for, as environment_of gives it.

    Returns:
      (wheel, site): the folder that holds the wheel, and the one with the wheel installed.
    """
    attr = ctx.attr
    entry = json.decode(attr.entry) if attr.entry else entry_of(attr.constraint, attr.files, attr.source_urls, attr.extra_index_urls)

    # Members of cycles are private packages in a folder of their own; their files lie beside the others'.
    directory = ctx.label.name.split("/")[-1]
    wheel = _fetch(ctx, entry, environment, directory)
    if ctx.attr.may_build:
        wheel = _build(ctx, entry, environment, directory, wheel)
    return wheel, _install(ctx, entry, environment, directory, wheel)
