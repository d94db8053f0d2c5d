package binary

import (
	"fmt"
	"slices"
	"strings"
)

// firstWithoutExecutableStacks is the glibc 2 that refuses to load a library that asks for an executable stack.
const firstWithoutExecutableStacks = 41

// checkELF holds a file against a Linux.
func (c *checker) checkELF() {
	libc := c.target.Libc()
	if has := c.file.Libc(); has != "" && has != libc.Name {
		c.problem(hintLibc, "is linked with %s, but %s has %s", has, c.target, libc)
		return
	}
	if c.file.ExecutableStack && libc.Name == Glibc && libc.Minor >= firstWithoutExecutableStacks {
		c.problem("Tell the package's maintainers: patchelf --clear-execstack mends the file.",
			"asks for an executable stack, which %s refuses to make for a library", libc)
	}
	for _, library := range c.file.Needed {
		c.checkLibrary(library)
	}
	for i, v := range c.file.Versions {
		if !slices.ContainsFunc(c.file.Versions[:i], v.sameSet) {
			c.checkVersions(v)
		}
	}
}

// checkLibrary looks for a library in the output and in what every Linux of the target's kind has.
func (c *checker) checkLibrary(library string) {
	libc, runtime := c.target.Libc(), c.target.Runtime()
	since, known := baselineLibrary(library, libc.Name)
	_, shipped := c.whole(library)
	switch {
	case shipped:
	case c.system && !isDriver(library):
		c.problem(hintShip, "needs %s, which is not in the output", library)
	case runtime != nil && desktopLibraries[library]:
		c.problem("Use a build without a display, such as opencv-python-headless instead of opencv-python, or an image that has it.",
			"needs %s, which is neither in the output nor in the image of %s", library, runtime.Name)
	case known && (libc.Name == Musl || since <= libc.Minor):
	case isDriver(library):
		c.info("needs %s, which comes with the driver of the device", library)
	case strings.HasPrefix(library, "libpython"):
		c.problem(hintPython, "needs %s, which a Python that is linked statically does not have", library)
	case runtime != nil:
		c.problem(hintShip, "needs %s, which is neither in the output nor part of %s: is it in the image of %s?", library, c.baseline(), runtime.Name)
	default:
		c.problem(hintShip, "needs %s, which is neither in the output nor part of %s", library, c.baseline())
	}
}

// baseline is what the target's Linux is known to have, in the words of wheel tags.
func (c *checker) baseline() string {
	libc := c.target.Libc()
	if libc.Name == Musl {
		return fmt.Sprintf("musllinux_%d_%d", libc.Major, libc.Minor)
	}
	return fmt.Sprintf("manylinux_%d_%d", libc.Major, libc.Minor)
}

// sameSet tells whether two versions are of one set of one library.
func (v Version) sameSet(other Version) bool { return v.Library == other.Library && v.Set == other.Set }

// checkVersions holds all versions of one set of one library against the library in the output, else against the target.
func (c *checker) checkVersions(first Version) {
	library, shipped := c.whole(first.Library)
	_, known := baselineLibrary(first.Library, c.target.Libc().Name)
	has, lacks := "", func(Version) bool { return false }
	switch {
	case shipped:
		has, lacks = definedBy(library, first)
	case c.system || !known || c.target.Libc().Name != Glibc:
		return // it is missing, which is said already, or has no versions
	default:
		has, lacks = c.given(first), c.tooNew
	}
	var missing []string
	for _, v := range c.file.Versions {
		if !v.sameSet(first) || !lacks(v) {
			continue
		}
		if names := c.users[v]; len(names) > 0 {
			missing = append(missing, fmt.Sprintf("%s (%s)", v, strings.Join(names, ", ")))
		} else {
			missing = append(missing, v.String())
		}
	}
	switch {
	case len(missing) == 0:
	case first.Set == "GLIBC_PRIVATE":
		c.info("needs %s of %s, which each glibc may change", first.Set, first.Library)
	default:
		c.problem(hintOlder, "needs %s of %s, but %s", strings.Join(missing, " and "), first.Library, has)
	}
}

// tooNew tells whether no Linux of the target's glibc is sure to have a version.
func (c *checker) tooNew(v Version) bool {
	minor, ok := firstGlibc(v, c.target.Arch())
	return !ok || minor > c.target.Libc().Minor
}

// given says what the target has instead of a version.
func (c *checker) given(v Version) string {
	libc := c.target.Libc()
	if strings.HasPrefix(v.Set, glibcSet) && !strings.HasPrefix(v.Set, "GLIBCXX") {
		return fmt.Sprintf("%s has %s", c.target, libc)
	}
	if highest := baselineOf(libc.Minor, c.target.Arch()).sets[v.Set]; highest != "" {
		return fmt.Sprintf("%s is only sure to have %s_%s, as all systems with %s", c.target, v.Set, highest, libc)
	}
	return fmt.Sprintf("no system with %s is sure to have it, and %s has that", libc, c.target)
}

// definedBy tells what a library in the output lacks, and what it has. One without versions is taken for any, as the
// loader does.
func definedBy(files []*File, v Version) (has string, lacks func(Version) bool) {
	var all []string
	for _, f := range files {
		if len(f.Defines) == 0 {
			return "", func(Version) bool { return false }
		}
		all = append(all, f.Defines...)
	}
	if len(all) == 0 {
		return "", func(Version) bool { return false }
	}
	highest := ""
	for _, name := range all {
		if set, number := splitVersion(name); set == v.Set && compareNumbers(number, highest) > 0 {
			highest = number
		}
	}
	has = fmt.Sprintf("the %s in the output has no %s", v.Library, v.Set)
	if highest != "" {
		has = fmt.Sprintf("the %s in the output has at most %s_%s", v.Library, v.Set, highest)
	}
	return has, func(v Version) bool { return !slices.Contains(all, v.String()) }
}
