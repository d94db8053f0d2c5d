package binary

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/target"
)

// Problem is one thing that keeps a file from running on a Target, or with Info may be worth to know.
type Problem struct {
	Path string // in the output
	Text string // what is wrong, one line
	Hint string // what to do; may be ""
	// Info marks what keeps nothing from running as far as it is known, such as a Windows program beside a Linux package.
	Info bool
}

// Check says what keeps the file from running on t. provides tells whether a library is in the same output.
func (f *File) Check(t target.Target, path string, provides func(library string) bool) []Problem {
	c := &checker{file: f, path: path, target: t, whole: func(library string) ([]*File, bool) { return nil, provides(library) }}
	return c.check()
}

// checker holds one file against a target.
type checker struct {
	file   *File
	path   string
	target target.Target
	// whole finds a library in the output: the files of that name, and whether it is there (maybe as something else).
	whole func(library string) (files []*File, ok bool)
	// twin tells whether the output has the same thing for the target, too; nil when it has not.
	twin func() bool
	// users are symbols that need a version.
	users map[Version][]string
	// system says that the output has a libc, and so is the whole system: nothing comes from a baseline.
	system   bool
	problems []Problem
}

func (c *checker) problem(hint, format string, args ...any) {
	c.problems = append(c.problems, Problem{Path: c.path, Text: fmt.Sprintf(format, args...), Hint: hint})
}

func (c *checker) info(format string, args ...any) {
	c.problems = append(c.problems, Problem{Path: c.path, Text: fmt.Sprintf(format, args...), Info: true})
}

const (
	hintWheels = "Install the packages for the target, not for the machine at hand: --target chooses their wheels."
	hintOlder  = "Lock a version with a wheel for an older platform, build it from source for the target, or choose a newer target."
	hintLibc   = "Lock a version with a wheel for this C library (manylinux is for glibc, musllinux for musl), or build it from source for the target."
	hintShip   = "Use a package that ships it in its wheel, or see to it that the machine has it."
	hintPython = "Tell the package's maintainers: an extension module finds Python's symbols in the program that loads it."
)

func (c *checker) check() []Problem {
	if c.isForeign() {
		return c.problems
	}
	switch c.file.Format {
	case ELF:
		c.checkELF()
	case MachO:
		c.checkMachO()
	case PE:
		c.checkPE()
	}
	return c.problems
}

// isForeign tells whether the target can't load such a file at all. Whether that is a problem depends on what the file
// is. Real wheels carry programs for other systems (launchers for Windows in setuptools and pip), and libraries for many
// machines of which they choose one by its name. An extension module is no choice: Python takes the one for it.
func (c *checker) isForeign() bool {
	f, t := c.file, c.target
	sameFormat := f.Format == formatFor[t.OS()]
	if sameFormat && slices.Contains(f.Machines, t.Arch()) {
		return false
	}
	text := fmt.Sprintf("is %s file for %s, but %s runs on %s", withArticle[f.Format], strings.Join(f.Machines, " and "), t, t.Arch())
	if !sameFormat {
		text = fmt.Sprintf("is %s file of %s, but %s is %s", withArticle[f.Format], systemOf[f.Format], t, systemOf[formatFor[t.OS()]])
	}
	module, isModule := moduleOf(c.path)
	chosen := isModule && (module.abi != "" || strings.HasSuffix(c.path, ".pyd") || t.OS() != target.Windows && !saysMachine(c.path, f.Machines))
	switch {
	case c.twin != nil && c.twin():
		c.info("%s; the output has one for it, too", text)
	case !chosen && (!sameFormat || saysMachine(c.path, f.Machines)):
		c.info("%s", text)
	case f.Format == PE && strings.HasSuffix(strings.ToLower(c.path), ".exe"):
		c.info("%s", text) // Windows runs x86 programs on all machines, and packages carry launchers for each
	default:
		c.problem(hintWheels, "%s", text)
	}
	return true
}

// checkMachO holds a file against macOS: the version it is built for, and libraries that are Apple's or in the output.
func (c *checker) checkMachO() {
	arch, version := c.target.Arch(), macOSVersion(c.target)
	switch oldest := c.file.Oldest[arch]; {
	case strings.Contains(oldest, " "):
		c.problem(hintWheels, "is built for %s, but %s is macOS", oldest, c.target)
	case compareNumbers(oldest, version) > 0:
		c.problem(hintOlder, "needs macOS %s, but %s is macOS %s", oldest, c.target, version)
	}
	for _, library := range c.file.Needed {
		base := library[strings.LastIndexByte(library, '/')+1:]
		switch {
		case strings.HasPrefix(library, "/usr/lib/"), strings.HasPrefix(library, "/System/"), library == c.file.Name:
		case base == "Python" || strings.HasPrefix(base, "libpython"):
			c.problem(hintPython, "needs %s, Python's own library, which is elsewhere on another machine", library)
		case strings.HasPrefix(library, "/"):
			c.problem(hintShip, "needs %s, which only the machine that built it has for sure", library)
		default:
			if _, ok := c.whole(base); !ok {
				c.problem(hintShip, "needs %s, which is not in the output", library)
			}
		}
	}
}

// macOSVersion is the version of a target's macOS, "14.0".
func macOSVersion(t target.Target) string {
	_, text, _ := strings.Cut(t.String(), "-macosx_")
	parts := strings.SplitN(text, "_", 3)
	if len(parts) < 3 {
		return ""
	}
	return parts[0] + "." + parts[1]
}
