"""Tests of reachable.bzl."""

load("//python/private:reachable.bzl", "reachable")
load("//tests:asserts.bzl", "asserts")

def test_reachable():
    """All that can be reached is found once, the nearest first."""
    edges = {"a": ["b", "a"], "b": ["c"], "c": ["a", "d"], "e": ["a"]}
    asserts.equal(reachable(edges, "a"), ["a", "b", "c", "d"])
    asserts.equal(reachable(edges, "d"), ["d"])
    chain = {str(i): [str(i + 1)] for i in range(100)}
    asserts.equal(len(reachable(chain, "0")), 101)

TESTS = [
    test_reachable,
]
