"""Compares the mapping with what Python itself finds."""

import importlib.metadata
import importlib.util
import json
import pathlib
import re
import unittest

EXCLUDED = re.compile(r"^_|(\._)+|(^|\.)tests?(\.|$)")


def normalized(name):
    return re.sub(r"[-_.]+", "_", name).lower()


def mapping():
    return json.loads(pathlib.Path("gazelle/modules_mapping.json").read_text())


class ModulesTest(unittest.TestCase):
    def test_modules_are_found(self):
        """Every module of the mapping can be found, and is a file of its distribution."""
        files = {}
        for distribution in importlib.metadata.distributions():
            files.setdefault(normalized(distribution.metadata["Name"]), set()).update(
                str(file.locate()) for file in distribution.files or []
            )
        self.assertGreater(len(mapping()), 20)
        for module, distribution in mapping().items():
            spec = importlib.util.find_spec(module)
            self.assertIsNotNone(spec, module)
            self.assertIn(spec.origin, files[distribution], module)

    def test_packages_are_mapped(self):
        """Every top-level module of a distribution is in the mapping, or what is in it is."""
        for module, distributions in importlib.metadata.packages_distributions().items():
            owners = {normalized(name) for name in distributions}
            if EXCLUDED.search(module) or not module.isidentifier() or owners <= {"pip", "setuptools", "wheel"}:
                continue
            if module == "bin":  # the scripts' folder
                continue
            mapped = {name for key, name in mapping().items() if key == module or key.startswith(module + ".")}
            self.assertTrue(mapped and mapped <= owners, (module, mapped, owners))


if __name__ == "__main__":
    unittest.main()
