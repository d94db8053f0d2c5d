"""Prints what packaging makes of the running interpreter: its marker environment and its ordered tags.

Run by any Python, with the folder of packaging as its argument.
"""

import json
import sys

sys.path.append(sys.argv[1])

from packaging import markers, tags  # noqa: E402

print(json.dumps({"environment": markers.default_environment(), "tags": [str(tag) for tag in tags.sys_tags()]}))
