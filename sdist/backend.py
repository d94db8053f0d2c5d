"""Calls one hook of a build backend (PEP 517, 660) and writes what it returns to a file.

usage: python backend.py REQUEST

REQUEST is a JSON file:

    backend   "module:object", as build-system.build-backend has it
    path      folders for the front of sys.path, from build-system.backend-path
    hook      the hook's name
    output    the folder for a wheel, or ""
    settings  config_settings, or null
    answer    the file to write

The answer is a JSON file that holds one of

    value     what the hook returned
    missing   true: the backend has no such hook
    fault     {kind, type, name, text}: an exception, raised while the backend was imported (kind "import"), or by the
              hook ("hook"), or a backend that did not come from backend-path ("path"); name is that of a module
              that was not found

Nothing is read from the standard output, which belongs to the backend. It runs on Python 3.7 and later, in the source
tree, which is not on sys.path (PEP 517).
"""
import importlib
import json
import os
import sys
import traceback


def load(request):
    path = [os.path.abspath(folder) for folder in request["path"]]
    sys.path[:0] = path
    module, _, attributes = request["backend"].partition(":")
    backend = importlib.import_module(module)
    if path:
        file = os.path.realpath(getattr(backend, "__file__", None) or "")
        if not any(file.startswith(os.path.realpath(folder) + os.sep) for folder in path):
            raise LookupError("the backend was imported from %r, which is not in backend-path" % file)
    for attribute in filter(None, attributes.split(".")):
        backend = getattr(backend, attribute)
    return backend


def fault(kind, error):
    traceback.print_exception(type(error), error, error.__traceback__)
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    return {"fault": {"kind": kind, "type": type(error).__name__, "name": name or "", "text": str(error)}}


def call(request):
    # A setup.py may end by sys.exit.
    try:
        backend = load(request)
    except LookupError as error:
        return fault("path", error)
    except (Exception, SystemExit) as error:
        return fault("import", error)
    hook = getattr(backend, request["hook"], None)
    if hook is None:
        return {"missing": True}
    arguments = [request["output"]] if request["output"] else []
    try:
        return {"value": hook(*arguments, config_settings=request["settings"])}
    except (Exception, SystemExit) as error:
        return fault("hook", error)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    del sys.path[0], sys.argv[1:]
    os.umask(0o022)
    answer = call(request)
    with open(request["answer"], "w", encoding="utf-8") as file:
        json.dump(answer, file, default=str)
    sys.stdout.flush()
    sys.stderr.flush()
    if "fault" in answer:
        sys.exit(1)


if __name__ == "__main__":
    main()
