"""Imports every top-level module of this environment, each in a process of its own, and prints how that ended."""
import json
import os
import pathlib
import signal
import sys
import sysconfig

site = pathlib.Path(sysconfig.get_path("purelib"))
names = set()
for path in site.iterdir():
    name = path.name.partition(".")[0]
    if path.is_dir() and path.name.isidentifier():
        if any(path.glob("__init__.*")):
            names.add(name)
        else:  # a namespace package
            names |= {name + "." + inner.name for inner in path.iterdir() if any(inner.glob("__init__.py")) and inner.name.isidentifier()}
    elif path.suffix in (".py", ".so") and name.isidentifier():
        names.add(name)

ends = {}
for name in sorted(names):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(120)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nothing, number)
        try:
            __import__(name)
            end = ""
        except BaseException as error:
            end = "%s: %s" % (type(error).__name__, str(error).replace(sys.prefix, "PREFIX"))
        os.write(writer, end.encode("utf-8", "replace")[:500])
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as said:
        end = said.read().decode("utf-8", "replace")
    status = os.waitpid(child, 0)[1]
    ends[name] = end if status == 0 else "status %d" % status
print(json.dumps(ends))
