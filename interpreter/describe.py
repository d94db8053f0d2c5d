"""Prints what this interpreter is, as a line of JSON; run by package interpreter with python -I -c."""
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


def environment_of(folder):
    """The environment's folder when interpreters in this folder belong to one, else None."""
    for prefix in (folder, os.path.dirname(folder)):
        if os.path.isfile(os.path.join(prefix, "pyvenv.cfg")):
            return prefix
    return None


def homes():
    """The folders where an environment's base may be: its home, and where that is in another environment, that one's."""
    prefix = sys.prefix
    for _ in range(10):
        home = ""
        with open(os.path.join(prefix, "pyvenv.cfg"), encoding="utf-8", errors="surrogateescape") as lines:
            for line in lines:
                key, _, value = line.partition("=")
                if key.strip().lower() == "home":
                    home = value.strip()
        prefix = environment_of(home)
        if prefix is None:
            yield home
            break
    yield sys.base_prefix if os.name == "nt" else os.path.join(sys.base_prefix, "bin")


def bases():
    """The paths that the base of this environment may have, the likeliest first.

    sys._base_executable is the environment's own before CPython 3.11, and on POSIX may be another Python of that
    name beside the base.
    """
    said = getattr(sys, "_base_executable", None)
    number = "%d.%d" % sys.version_info[:2]
    names = ["python%s%s" % (number, getattr(sys, "abiflags", "")), "python" + number, "pypy" + number]
    names += [os.path.basename(sys.executable), "pypy3", "python3", "python"]
    if os.name == "nt":
        names = ["python.exe", "pypy.exe"]
        if said:
            yield said
    for home in homes():
        for name in names:
            yield os.path.join(home, name)
    if said:
        yield said


def base_executable():
    """The interpreter below a virtual environment, by a path that stays when the environment is removed."""
    if sys.prefix == sys.base_prefix or not sys.executable:
        return sys.executable
    found = [path for path in bases() if os.path.isfile(path) and environment_of(os.path.dirname(path)) is None]
    for path in found:
        if os.path.samefile(path, sys.executable):
            return path
    return found[0] if found else os.path.realpath(sys.executable)


def spelled(path):
    """A path as characters that stand for its bytes, whatever the locale's encoding is."""
    return os.fsencode(path or "").decode("latin-1")


full = platform.python_version()
python = full
if sys.implementation.name != "cpython":
    python = sys.implementation.name + full
elif sysconfig.get_config_var("Py_GIL_DISABLED"):
    python = full + "t"
answer = {
    "executable": spelled(sys.executable),
    "python": python,
    "full_version": full,
    "platform": platform_tag(),
    "base_executable": spelled(base_executable()),
    "base_prefix": spelled(sys.base_prefix),
    "implementation": platform.python_implementation(),
    "library": os.path.basename(sysconfig.get_path("stdlib")),
    "cache_tag": sys.implementation.cache_tag,
    "windows": os.name == "nt",
}
# A line of its own, also behind what a .pth file printed.
print("\n" + json.dumps(answer, sort_keys=True))
