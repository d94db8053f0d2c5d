"""What a WORKSPACE declares before it uses the rules."""

load("//ofiuco:config.bzl", "ofiuco_config_repository")
load("//ofiuco:repositories.bzl", _ofiuco_register_toolchains = "ofiuco_register_toolchains")

ofiuco_register_toolchains = _ofiuco_register_toolchains

# buildifier: disable=unnamed-macro
# buildifier: disable=unused-variable
def install_dependencies(python_host = None, python_version = "", auth_patterns = {}, netrc = "", toolchain_prefix = ""):
    """Declares what the rules need. Call it before the rules are loaded; rules_python, if it is used, comes first.

    Args:
      python_host: kept for compatibility: no Python is needed to read a lock.
      python_version: kept for compatibility: the toolchain and the platform tell the Python.
      auth_patterns: kept for compatibility: credentials of indexes come from netrc and the environment.
      netrc: kept for compatibility.
      toolchain_prefix: kept for compatibility.
    """
    if not native.existing_rule("ofiuco_config"):
        ofiuco_config_repository(
            name = "ofiuco_config",
            bazel_version = native.bazel_version,
            rules_python = native.existing_rule("rules_python") != None,
        )
    if not native.existing_rule("ofiuco_toolchains"):
        ofiuco_register_toolchains()
