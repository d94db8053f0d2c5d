"""What there is for outputs, under one name: `load("@ofiuco//lib:defs.bzl", "lib")`."""

load("//lib/private:globstar.bzl", "globstar")
load("//lib/private:paths.bzl", "pathsep")
load("//lib/private:prefix_lookup.bzl", "prefix_lookup")
load("//lib/private:py_image.bzl", "py_image", "py_image_tarball")
load("//lib/private:py_image_push.bzl", "py_image_push")
load("//lib/private:py_layer.bzl", "py_layer")
load("//lib/private:py_zip.bzl", "py_zip_named")
load("//lib/private:runfiles.bzl", "runfiles")

lib = struct(
    globstar = globstar,
    pathsep = pathsep,
    prefix_lookup = prefix_lookup,
    py_image = py_image,
    py_image_push = py_image_push,
    py_image_tarball = py_image_tarball,
    py_layer = py_layer,
    py_zip = py_zip_named,
    runfiles = runfiles,
)
