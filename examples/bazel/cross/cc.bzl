"""A toolchain for C on Linux on arm64, by Debian's gcc-aarch64-linux-gnu. A project of its own takes one that brings its compiler along."""

load("@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl", "feature", "tool_path")

def _config_impl(ctx):
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        abi_libc_version = "unknown",
        abi_version = "unknown",
        compiler = "gcc",
        cxx_builtin_include_directories = ["/usr/aarch64-linux-gnu/include", "/usr/lib/gcc-cross/aarch64-linux-gnu"],
        features = [feature(name = "supports_pic", enabled = True)],
        host_system_name = "local",
        target_cpu = "aarch64",
        target_libc = "glibc",
        target_system_name = "aarch64-linux-gnu",
        tool_paths = [
            tool_path(name = name, path = "/usr/bin/aarch64-linux-gnu-" + name)
            for name in ["ar", "cpp", "gcc", "gcov", "ld", "nm", "objdump", "strip"]
        ],
        toolchain_identifier = "linux_arm64",
    )

cross_toolchain_config = rule(
    implementation = _config_impl,
    doc = "Tells Bazel of the compiler and its tools.",
    provides = [CcToolchainConfigInfo],
)
