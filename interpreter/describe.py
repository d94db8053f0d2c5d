"""Prints what this interpreter is, as JSON; run by package interpreter with python -I -c."""
import json
import os
import platform
import struct
import sys
import sysconfig


def libc():
    """The platform tag's first half on Linux: manylinux_2_36, musllinux_1_2 or linux."""
    try:
        name, _, version = os.confstr("CS_GNU_LIBC_VERSION").partition(" ")
        if name == "glibc":
            return "manylinux_" + "_".join(version.split(".")[:2])
    except (AttributeError, OSError, ValueError):
        pass
    import glob
    import re
    import subprocess

    for loader in glob.glob("/lib/ld-musl-*.so.1"):
        said = subprocess.run([loader], stderr=subprocess.PIPE, universal_newlines=True).stderr
        found = re.search(r"Version (\d+)\.(\d+)", said)
        if found:
            return "musllinux_%s_%s" % found.groups()
    return "linux"


def platform_tag():
    name = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    if name.startswith("linux"):
        machine = name[len("linux_"):]
        if struct.calcsize("P") == 4:
            machine = {"x86_64": "i686", "aarch64": "armv7l"}.get(machine, machine)
        return libc() + "_" + machine
    if name.startswith("macosx"):
        major, minor = (platform.mac_ver()[0].split(".") + ["0"])[:2]
        if int(major) >= 11:
            minor = "0"
        return "macosx_%s_%s_%s" % (major, minor, platform.machine())
    return name


full = platform.python_version()
python = full
if sys.implementation.name == "pypy":
    python = "pypy" + ".".join(full.split(".")[:2])
elif sysconfig.get_config_var("Py_GIL_DISABLED"):
    python = full + "t"
base = getattr(sys, "_base_executable", None) or sys.executable
print(
    json.dumps(
        {
            "executable": sys.executable,
            "python": python,
            "full_version": full,
            "platform": platform_tag(),
            "base_executable": base,
            "base_prefix": sys.base_prefix,
            "implementation": platform.python_implementation(),
            "library": os.path.basename(sysconfig.get_path("stdlib")),
            "cache_tag": sys.implementation.cache_tag,
            "windows": os.name == "nt",
        }
    )
)
