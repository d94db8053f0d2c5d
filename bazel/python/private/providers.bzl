"""Providers of packages of a lock."""

OfiucoInfo = provider(
    doc = "The packages a target needs at run time. Read by py_zip, py_venv and the layer rules, which work from wheels.",
    fields = {
        "packages": "depset of structs: `name` and `version` (strings, as locked), `wheel` (File: folder that holds the " +
                    "package's wheel), `site` (File: folder with the wheel installed), `prefix` (string: where `site` lies " +
                    "under the runfiles' root, `<repository>/<python>/<triple>/<name>`).",
    },
)

OfiucoPackageInfo = provider(
    doc = "One package of a lock on one target. Read by package_versions and by the targets of a cycle.",
    fields = {
        "name": "string: the name, as locked.",
        "version": "string: the version.",
        "present": "bool: whether the package is installed on the target platform; it is not when a marker excludes it.",
        "wheel": "File: folder that holds the package's wheel; None when it is not present, or a library of Bazel.",
        "site": "File: folder with the wheel installed; None when there is no wheel.",
        "import_path": "string: the entry of sys.path, relative to the runfiles' root; \"\" when there is no wheel.",
    },
)

OfiucoEnvironmentInfo = provider(
    doc = "The target that a configuration builds for. Read by every rule that runs ofiuco; see environment.bzl.",
    fields = {
        "target": "struct: `tag`, `python`, `version`, `triple` and `marker_env`, as target_of of target.bzl gives them; " +
                  "None when it is not known.",
        "error": "string: why target is None, and what to do; None when it is known.",
        "interpreter": "string: path of the target's interpreter, \"\" when there is none.",
        "runtime": "PyRuntimeInfo: the toolchain's Python 3, None when there is none.",
        "cpu": "string: the processor, in Linux's words.",
        "os": "string: the operating system: linux, macos or windows.",
    },
)

OfiucoBuildInfo = provider(
    doc = "What builds from source use in a configuration. Read by the rule `package`.",
    fields = {
        "cc": "dict: the C toolchain's tools (`cc`, `cxx`, `ar`, `strip`: paths), flags (`cflags`, `cxxflags`, `ldflags`: lists) and " +
              "`libraries` (list of paths); None when there is no toolchain for the target.",
        "files": "depset of files: the toolchains' own.",
        "interpreter": "string: path of a Python that runs on the execution platform and has the target's version; \"\" when " +
                       "there is none.",
    },
)
