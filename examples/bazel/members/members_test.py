"""Imports a member of the workspace, which needs a package of the lock."""

import unittest

import greeting


class MembersTest(unittest.TestCase):
    def test_member(self):
        self.assertEqual(greeting.greet("Bazel"), "Hello, Bazel!")


if __name__ == "__main__":
    unittest.main()
