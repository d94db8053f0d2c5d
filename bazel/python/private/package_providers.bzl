"""What every target of a lock's package provides, and which of its dependencies it follows."""

load("@ofiuco_config//:cc.bzl", "CC")
load("@ofiuco_config//:python.bzl", "PY_INFOS")
load("//python/private:marker.bzl", "evaluate_marker", "parse_marker")
load("//python/private:providers.bzl", "OfiucoInfo", "OfiucoPackageInfo")
load("//python/private:py_info.bzl", "imports_of", "sources_of")

def holds(label, marker, environment):
    """Whether a marker holds; fails on one that can't be read or has no answer.

    Args:
      label: the label to name in errors.
      marker: the parsed form, or text.
      environment: what environment_of gave.

    Returns:
      whether it does.
    """
    answer, error = None, None
    if type(marker) == "string":
        marker, error = parse_marker(marker)
    if not error:
        answer, error = evaluate_marker(marker, environment.marker_env)
    if error:
        fail("%s: %s" % (label, error))
    return answer

def _package_of(label):
    return str(label).rpartition(":")[0]

def followed(label, deps, markers, environment):
    """The dependencies whose markers hold.

    Args:
      label: the target's own label.
      deps: the targets of all dependencies.
      markers: dict of names of dependencies in the target's own package to their markers; without an entry one always holds.
      environment: what environment_of gave.

    Returns:
      list of targets.
    """
    package = _package_of(label)
    return [
        dep
        for dep in deps
        if _package_of(dep.label) != package or holds(label, markers.get(dep.label.name, True), environment)
    ]

def _runfiles(ctx, files, deps):
    runfiles = ctx.runfiles(files = files)
    others = [dep[DefaultInfo].default_runfiles for dep in deps]
    if hasattr(runfiles, "merge_all"):  # from Bazel 5 on
        # At once: each merge is a level of a depset, of which a long chain of packages would have too many.
        return runfiles.merge_all(others)
    for other in others:
        runfiles = runfiles.merge(other)
    return runfiles

def present_package(ctx, name, version, wheel, site):
    """The OfiucoPackageInfo of an installed package."""
    path = site.short_path
    import_path = path[len("../"):] if path.startswith("../") else ctx.workspace_name + "/" + path
    return OfiucoPackageInfo(name = name, version = version, present = True, wheel = wheel, site = site, import_path = import_path)

def library_package(name, version):
    """The OfiucoPackageInfo of a package that libraries of Bazel are."""
    return OfiucoPackageInfo(name = name, version = version, present = True, wheel = None, site = None, import_path = "")

def absent_package(name, version):
    """The OfiucoPackageInfo of a package that the target platform does not have."""
    return OfiucoPackageInfo(name = name, version = version, present = False, wheel = None, site = None, import_path = "")

def package_providers(ctx, own, deps, extra_files = [], cc_info = None):
    """The providers of a package's target.

    Args:
      ctx: the rule's context.
      own: OfiucoPackageInfo of the package that the target stands for, which may be among deps; None when it stands for none.
      deps: the targets that are followed, in order.
      extra_files: files to stand in for an absent package.
      cc_info: CcInfo of the package itself; it is passed on from deps that are packages, not from libraries it was built with.

    Returns:
      list of providers.
    """
    sites, imports, packages = list(extra_files), [], []
    if own and own.wheel:
        sites.append(own.site)
        imports.append(own.import_path)
        packages.append(struct(name = own.name, version = own.version, wheel = own.wheel, site = own.site, prefix = own.import_path))
    fields = {"imports": imports_of(deps, imports), "transitive_sources": sources_of(deps, sites)}
    cc_infos = [dep[CC.info] for dep in deps if OfiucoInfo in dep and CC.info in dep]
    providers = [info(**fields) for info in PY_INFOS]
    providers.append(CC.common.merge_cc_infos(cc_infos = ([cc_info] if cc_info else []) + cc_infos))
    providers += [
        DefaultInfo(files = depset(sites), runfiles = _runfiles(ctx, sites, deps)),
        OfiucoInfo(packages = depset(packages, transitive = [dep[OfiucoInfo].packages for dep in deps if OfiucoInfo in dep])),
        OutputGroupInfo(
            whl = depset([own.wheel] if own and own.wheel else []),
            dist_info = depset(sites),
            data = depset(sites),
        ),
    ]
    return providers + ([own] if own else [])
