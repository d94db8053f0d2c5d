# Makes the Python that runs a build say that it is the target. It is on PYTHONPATH in cross builds only.
# The sysconfig data come by _PYTHON_SYSCONFIGDATA_NAME; what Python finds out by itself is answered here.
import os
import sys


def _be_the_target(version, machine, multiarch, glibc, include):
    if "%d.%d" % sys.version_info[:2] != version:
        return
    import sysconfig

    sys.implementation._multiarch = multiarch
    for scheme in getattr(sysconfig, "_INSTALL_SCHEMES", {}).values():
        for key in ("include", "platinclude"):
            if key in scheme:
                scheme[key] = include.replace("{", "{{").replace("}", "}}")

    # Meson compares the machine it runs on with that of its cross file.
    script = os.path.basename(getattr(sys, "argv", [""])[0])
    if script in ("meson", "meson.py"):
        return
    real_uname, real_confstr = os.uname, os.confstr

    def uname():
        real = real_uname()
        return os.uname_result((real[0], real[1], real[2], real[3], machine))

    def confstr(name):
        if name in ("CS_GNU_LIBC_VERSION", os.confstr_names.get("CS_GNU_LIBC_VERSION")):
            if not glibc:
                raise ValueError("unrecognized configuration name")
            return glibc
        return real_confstr(name)

    os.uname, os.confstr = uname, confstr
