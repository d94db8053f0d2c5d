"""The start of the build backends that tests write: it knows how to write a wheel."""
import os
import zipfile


def write_wheel(folder, name="alpha", version="1.0", tag="py3-none-any", files=None, filename=None):
    info = "%s-%s.dist-info" % (name, version)
    members = {
        "%s/__init__.py" % name: "",
        info + "/METADATA": "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (name, version),
        info + "/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: %s\n" % tag,
    }
    members.update(files or {})
    members[info + "/RECORD"] = "".join("%s,,\n" % path for path in members) + info + "/RECORD,,\n"
    filename = filename or "%s-%s-%s.whl" % (name, version, tag)
    with zipfile.ZipFile(os.path.join(folder, filename), "w") as archive:
        for path, text in members.items():
            archive.writestr(path, text)
    return filename


