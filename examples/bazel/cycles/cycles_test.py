"""Each member of a cycle brings all others."""

import sphinx.application
import sphinxcontrib.applehelp
import sphinxcontrib.serializinghtml

print(sphinx.__version__, sphinxcontrib.applehelp.__version__)
