"""Makes the virtual environment's packages importable in a Python that was started outside of it:

    import runpy
    runpy.run_path("activate_this.py")

The Python must be of the version that the environment is of.
"""
import os
import site
import sys

scripts = os.path.dirname(os.path.abspath(__file__))
prefix = @DIR@
os.environ["PATH"] = os.pathsep.join([scripts] + [p for p in [os.environ.get("PATH")] if p])
os.environ["VIRTUAL_ENV"] = prefix
os.environ["VIRTUAL_ENV_PROMPT"] = @PROMPT@

before = list(sys.path)
site.addsitedir(os.path.realpath(os.path.join(scripts, @SITE@)))
# The environment's packages come before those of the outside.
sys.path[:] = [p for p in sys.path if p not in before] + before

sys.real_prefix = sys.prefix
sys.prefix = prefix
