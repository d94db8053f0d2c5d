"""Imports a member of the workspace, which needs a package of the lock, and a wheel that lies in the repository."""

import unittest

import farewell
import greeting


class MembersTest(unittest.TestCase):
    def test_member(self):
        self.assertEqual(greeting.greet("Bazel"), "Hello, Bazel!")

    def test_wheel(self):
        self.assertEqual(farewell.leave("Bazel"), "Goodbye, Bazel!")


if __name__ == "__main__":
    unittest.main()
