"""What a target is, as pure functions: one Python on one platform, as the Go package target has it.

The tables repeat that package's, and a Go test compares them and every answer with it.
"""

# The newest patch release of each CPython minor version: what stands for a full version that is not known.
NEWEST_PATCH = {
    "3.8": "3.8.20",
    "3.9": "3.9.25",
    "3.10": "3.10.22",
    "3.11": "3.11.18",
    "3.12": "3.12.16",
    "3.13": "3.13.18",
    "3.14": "3.14.10",
    "3.15": "3.15.2",
}

# AWS Lambda's Python runtimes: the interpreter's last known version and the glibc of the operating system.
AWS_LAMBDA = {
    "3.10": struct(python = "3.10.14", glibc = "2.26"),
    "3.11": struct(python = "3.11.9", glibc = "2.26"),
    "3.12": struct(python = "3.12.3", glibc = "2.34"),
    "3.13": struct(python = "3.13.0", glibc = "2.34"),
    "3.14": struct(python = "3.14.0", glibc = "2.34"),
}

# AWS Lambda's words for architectures.
AWS_LAMBDA_CPUS = {"aarch64": "arm64", "x86_64": "x86_64"}

_DEFAULT_GLIBC = "2.28"
_DEFAULT_GLIBC_OF = {"riscv64": "2.39"}
_DEFAULT_MUSL = "1.2"
_DEFAULT_MACOS = "13"

_LINUX_CPUS = ["x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64"]
_WINDOWS_TAGS = {"x86_64": "win_amd64", "aarch64": "win_arm64", "i686": "win32"}
_WINDOWS_MACHINES = {"x86_64": "AMD64", "aarch64": "ARM64", "i686": "x86"}

def _numbers(text, start):
    """The numbers between "." or "_" that follow start in text: (list of digits, index after them)."""
    numbers, digits, end = [], "", start
    for i in range(start, len(text) + 1):
        c = text[i] if i < len(text) else ""
        if c and c in "0123456789":
            digits += c
        elif not digits:
            break
        else:
            numbers.append(digits)
            digits, end = "", i
            if not c or c not in "._":
                break
    return numbers, end

def python_from_path(path):
    """The version that an interpreter's path tells.

    Args:
      path: the path, such as /opt/versions/3.12.1/bin/python3 or external/python_3_12_host/bin/python3.

    Returns:
      "3.12.1", "3.12", "3.13t" or "", the most that one place in the path says.
    """
    found = ""
    for i in range(len(path) - 2):
        if path[i] != "3" or path[i + 1] not in "._" or (i and path[i - 1] in "0123456789."):
            continue
        numbers, end = _numbers(path, i)
        if len(numbers) < 2 or "3." + numbers[1] not in NEWEST_PATCH:
            continue

        # After "_" a third number may be of anything: python_3_12_64.
        version = ".".join(numbers[:3] if path[i + 1] == "." else numbers[:2])
        if path[end:end + 1] == "t" and not path[end + 1:end + 2].isalpha():
            version += "t"
        if not found or len(version.split(".")) >= len(found.split(".")):
            found = version
    return found

def parse_python(text):
    """Reads the version of a Python.

    Args:
      text: "3.12", "3.12.4", "3.13t" or "3.13.0rc1".

    Returns:
      (minor, full, free_threaded): ("3.12", "3.12.4" or "", False); None when it is none that is known.
    """
    free_threaded = text.endswith("t")
    numbers = text[:-1] if free_threaded else text
    parts = numbers.split(".")
    minor = ".".join(parts[:2])
    if len(parts) > 3 or minor not in NEWEST_PATCH or (len(parts) == 3 and not parts[2][:1].isdigit()):
        return None
    if free_threaded and int(parts[1]) < 13:
        return None
    full = numbers if len(parts) == 3 else ""
    return minor, full, free_threaded

def _linux_platform(cpu, libc, glibc):
    """The platform tag and the triple of a Linux."""
    hard_float = "eabihf" if cpu == "armv7l" else ""
    arch = {"armv7l": "armv7", "ppc64le": "powerpc64le", "riscv64": "riscv64gc"}.get(cpu, cpu)
    if libc == "musl":
        return "musllinux_%s_%s" % (_DEFAULT_MUSL.replace(".", "_"), cpu), "%s-unknown-linux-musl%s" % (arch, hard_float)
    version = glibc or _DEFAULT_GLIBC_OF.get(cpu, _DEFAULT_GLIBC)
    return "manylinux_%s_%s" % (version.replace(".", "_"), cpu), "%s-unknown-linux-gnu%s" % (arch, hard_float)

def _platform(facts):
    """The platform tag, the triple and the markers' words of a platform: (struct, error)."""
    os, cpu = facts.os, facts.cpu
    if os == "linux" and cpu in _LINUX_CPUS:
        tag, triple = _linux_platform(cpu, facts.libc, facts.glibc)
        return struct(tag = tag, triple = triple, machine = cpu, system = "Linux", sys = "linux", name = "posix"), None
    if os == "macos" and cpu in ["x86_64", "aarch64"]:
        machine = "arm64" if cpu == "aarch64" else cpu
        version = (facts.macos or _DEFAULT_MACOS).replace(".", "_")
        tag = "macosx_%s_%s" % (version if "_" in version else version + "_0", machine)
        return struct(tag = tag, triple = cpu + "-apple-darwin", machine = machine, system = "Darwin", sys = "darwin", name = "posix"), None
    if os == "windows" and cpu in _WINDOWS_TAGS:
        return struct(
            tag = _WINDOWS_TAGS[cpu],
            triple = cpu + "-pc-windows-msvc",
            machine = _WINDOWS_MACHINES[cpu],
            system = "Windows",
            sys = "win32",
            name = "nt",
        ), None
    advice = "" if os and cpu else ": name both by constraints of @platforms//os and @platforms//cpu"
    return None, "no Python packages are made for operating system %r on processor %r" % (os or "unknown", cpu or "unknown") + advice

def target_of(facts):
    """The target of a Python and a platform.

    Args:
      facts: struct of texts, "" for what is not known: `python` ("3.12", "3.12.4", "3.13t"), `os` (linux, macos,
        windows), `cpu` (in Linux's words), `libc` (glibc, musl), `glibc` ("2.34"), `macos` ("14"), `runtime` (aws_lambda).

    Returns:
      (struct(tag, python, version, triple, marker_env), None), or (None, error). `python` is the full version, "" when it
      is not known; `version` the minor one, with "t" when it is free-threaded.
    """
    parsed = parse_python(facts.python)
    if not parsed:
        return None, "Python %r is not known: want 3.8 to 3.15, with a third number or not, or 3.13t to 3.15t" % facts.python
    minor, full, free_threaded = parsed
    platform, error = _platform(facts)
    if error:
        return None, error
    tag = "cp" + minor.replace(".", "") + ("t" if free_threaded else "") + "-" + platform.tag
    known = full or NEWEST_PATCH[minor]
    if facts.runtime:
        if minor not in AWS_LAMBDA or facts.cpu not in AWS_LAMBDA_CPUS or facts.os != "linux" or free_threaded:
            return None, "AWS Lambda has no runtime for Python %s on %s %s" % (facts.python, facts.os, facts.cpu)
        tag = "aws-lambda-python%s-%s" % (minor, AWS_LAMBDA_CPUS[facts.cpu])
        known = full or AWS_LAMBDA[minor].python
    return struct(
        tag = tag,
        python = full,
        version = minor + ("t" if free_threaded else ""),
        triple = platform.triple,
        marker_env = {
            "implementation_name": "cpython",
            # sys.implementation spells a release candidate "c1".
            "implementation_version": known.replace("rc", "c").rstrip("+"),
            "os_name": platform.name,
            "platform_machine": platform.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": platform.system,
            "platform_version": "",
            "python_full_version": known,
            "python_version": minor,
            "sys_platform": platform.sys,
        },
    ), None

def overridden(target, overrides):
    """A target with a package's own words for it: the value of an entry of the attribute `platforms`.

    Args:
      target: what target_of gave.
      overrides: dict of marker variables; `python_version` and `python_full_version` also choose the Python, and the first
        of `platform_tags` that names a libc or a system version the platform that wheels are chosen for.

    Returns:
      the struct.
    """
    interpreter, _, platform = target.tag.partition("-")
    environment = dict(target.marker_env)
    for variable, value in overrides.items():
        if type(value) == "string":
            environment[variable] = value
    tags = [tag for tag in overrides.get("platform_tags", []) if not tag.startswith("linux_")]
    if tags:
        platform = tags[0]
    python = overrides.get("python_full_version", target.python)
    version = overrides.get("python_version", target.version)
    if version != target.version:
        interpreter = "cp" + version.replace(".", "")
        if not python.startswith(version.rstrip("t") + "."):
            python = ""
    return struct(
        tag = interpreter + "-" + platform if tags or version != target.version else target.tag,
        python = python,
        version = version,
        triple = target.triple,
        marker_env = environment,
    )
