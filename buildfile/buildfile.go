// Package buildfile turns a Lock into the files of a Bazel hub repository.
package buildfile
