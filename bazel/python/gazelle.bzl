"""The rule `modules_mapping`: what Gazelle's Python plugin has to know of the packages of a hub."""

load("//python/private:gazelle.bzl", _modules_mapping = "modules_mapping")

modules_mapping = _modules_mapping
