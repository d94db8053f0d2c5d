"""Prints a Python's sysconfig data as JSON; run by package toolchain with python -I -c.

With an argument, the data are those of that _sysconfigdata file, which is read and not run.
"""
import ast
import json
import sys
import sysconfig

if len(sys.argv) > 1:
    with open(sys.argv[1], encoding="utf-8") as file:
        tree = ast.parse(file.read())
    variables = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "build_time_vars"
    )
else:
    variables = sysconfig.get_config_vars()
print(
    json.dumps(
        {
            "variables": {k: v for k, v in variables.items() if type(v) in (int, str)},
            "include": sysconfig.get_path("include"),
            "platinclude": sysconfig.get_path("platinclude"),
        }
    )
)
