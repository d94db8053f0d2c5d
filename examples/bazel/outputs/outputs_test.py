import json
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

SAID = "6.0 a text"
AARCH64 = 183  # e_machine of ELF


def said(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, universal_newlines=True, **options).stdout.strip()


class OutputsTest(unittest.TestCase):
    def test_program(self):
        """Python runs a program's zip, extension modules and data included."""
        self.assertEqual(said(sys.executable, "outputs/packed.zip"), SAID)

    def test_shebang(self):
        with open("outputs/packed.pyz", "rb") as packed:
            self.assertEqual(packed.readline(), b"#!/usr/bin/env python3\n")
        self.assertTrue(os.access("outputs/packed.pyz", os.X_OK))
        self.assertEqual(said(sys.executable, "outputs/packed.pyz"), SAID)

    def test_environment(self):
        """An unpacked zip runs by the PYTHONPATH beside it."""
        with open("outputs/packed.zip.json") as file:
            environment = json.load(file)["environment"]
        with tempfile.TemporaryDirectory() as folder:
            with zipfile.ZipFile("outputs/packed.zip") as packed:
                packed.extractall(folder)
            code = "from outputs import app; app.main()"
            self.assertEqual(said(sys.executable, "-c", code, cwd=folder, env=dict(os.environ, **environment)), SAID)
            self.assertEqual(said(sys.executable, folder), SAID)

    def test_programs_of_packages(self):
        """An entry point of a package, and a file that it installs as a program."""
        self.assertRegex(said("outputs/pytest", "--version"), "^pytest 8")
        self.assertEqual(said("outputs/jp", "a.b", input='{"a": {"b": 42}}'), "42")

    def test_flat(self):
        with zipfile.ZipFile("outputs/flat.zip") as packed:
            self.assertEqual(packed.namelist(), ["__main__.py", "greet.py", "greeting.py"])
        self.assertEqual(said(sys.executable, "outputs/flat.zip"), "hello")

    def test_exclude(self):
        with zipfile.ZipFile("outputs/without_main.zip") as packed:
            names = packed.namelist()
        self.assertTrue(any(name.endswith("/numpy/__init__.py") for name in names))
        self.assertFalse([name for name in names if name == "__main__.py" or ".dist-info/" in name])

    def test_platform(self):
        """A zip for another processor has its machine code only, and AWS Lambda can read its files."""
        machines = set()
        with zipfile.ZipFile("outputs/arm64.zip") as packed:
            for info in packed.infolist():
                self.assertIn(info.external_attr >> 16 & 0o777, (0o644, 0o755), info.filename)
                head = packed.read(info)[:20]
                if head.startswith(b"\x7fELF"):
                    machines.add(int.from_bytes(head[18:20], "little"))
            self.assertEqual(packed.read("a=b.txt"), b"a text\n")
        self.assertEqual(machines, {AARCH64})

    def test_layer(self):
        """A layer has the same files, below its folder."""
        with zipfile.ZipFile("outputs/arm64.zip") as packed:
            names = {"app/" + name for name in packed.namelist()}
        with tarfile.open("outputs/arm64_layer.tar.gz") as layer:
            files = {member.name: member for member in layer if member.isfile()}
        self.assertEqual(set(files), names)
        self.assertEqual(files["app/a=b.txt"].mode, 0o755)
        self.assertEqual(files["app/app.py"].mode, 0o644)

    def test_venv(self):
        code = "import numpy, sys; print(numpy.__file__.startswith(sys.prefix), sys.prefix != sys.base_prefix)"
        self.assertEqual(said("outputs/venv/env/bin/python", "-c", code), "True True")

    def test_runfiles(self):
        self.assertTrue(os.path.exists("outputs/a=b.txt"))


if __name__ == "__main__":
    unittest.main()
