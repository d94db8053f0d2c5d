package main

import (
	"strings"

	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/tag"
	"github.com/ofiuco/ofiuco/target"
)

// anyPython stands for the Python of a wheel that no target knows, or that any does for: its platform is checked.
const anyPython = "cp312"

// wheelTargets are the targets that a wheel's name promises to run on, the lowest of each kind of platform; none when it
// promises nothing.
func wheelTargets(base string) []target.Target {
	wheel, err := filename.ParseWheel(base)
	if err != nil {
		return nil
	}
	var targets []target.Target
	for _, t := range wheel.Tags {
		for _, platform := range singlePlatforms(t.Platform) {
			targets = addLowest(targets, tagPython(t), platform)
		}
	}
	return targets
}

// tagPython is the Python of a wheel's tag as target.New takes it.
func tagPython(t tag.Tag) string {
	python := t.Interpreter
	if strings.HasSuffix(t.ABI, "t") {
		python += "t"
	}
	if _, err := target.New(python, "win_amd64"); err != nil {
		return anyPython
	}
	return python
}

// singlePlatforms are the platforms of a tag; universal2 stands for two.
func singlePlatforms(platform string) []string {
	version, ok := strings.CutSuffix(platform, "_universal2")
	if !ok {
		return []string{platform}
	}
	arm := version
	if strings.HasPrefix(version, "macosx_10_") {
		arm = "macosx_11_0" // there is no older one
	}
	return []string{version + "_x86_64", arm + "_arm64"}
}

// addLowest adds a target in place of one that is newer but otherwise the same. What is no target is passed over: "any",
// and linux_x86_64, which promises no libc.
func addLowest(targets []target.Target, python, platform string) []target.Target {
	added, err := target.New(python, platform)
	if err != nil || strings.HasPrefix(platform, "linux_") || platform == "any" {
		return targets
	}
	for i, t := range targets {
		if t.OS() != added.OS() || t.Arch() != added.Arch() || t.Libc().Name != added.Libc().Name {
			continue
		}
		if added.Libc().Minor < t.Libc().Minor {
			targets[i] = added
		}
		return targets
	}
	return append(targets, added)
}
