"""Runs the program that py_zip packed: `python file.zip`.

Python imports no extension modules from a zip, and programs read data beside them. So the files are unpacked first, into a
folder that is removed when the program ends.
"""

import atexit
import os
import runpy
import shutil
import sys
import tempfile
import zipfile

# Both are relative to the root of the zip, with "/" between folders. In place of a file a module may be run.
IMPORTS = "%imports%"
MAIN = "%main%"
MODULE = "%module%"


def unpack(archive):
    """Unpacks all files with their modes, which ZipFile.extractall does not set, and returns the folder."""
    folder = tempfile.mkdtemp(prefix="ofiuco-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with zipfile.ZipFile(archive) as files:
        for info in files.infolist():
            path = files.extract(info, folder)
            mode = info.external_attr >> 16
            if mode:
                os.chmod(path, mode & 0o777)
    return folder


def run():
    root = os.path.dirname(os.path.abspath(__file__))
    if os.path.isfile(root):
        root = unpack(root)
    program = os.path.join(root, *MAIN.split("/"))
    folders = [os.path.normpath(os.path.join(root, path)) for path in IMPORTS]
    if MODULE:
        sys.path[:1] = folders
        runpy.run_module(MODULE, run_name="__main__", alter_sys=True)
        return
    sys.path[:1] = [os.path.dirname(program)] + folders
    runpy.run_path(program, run_name="__main__")


run()
