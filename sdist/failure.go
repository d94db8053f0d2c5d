package sdist

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// failure is a call of a hook that failed.
type failure struct {
	hook       string
	lines      []string // what the backend said last
	raised     *exception
	ended      *exec.ExitError // nil when the program ended well
	unanswered error
}

// doing is what a hook does, as messages begin.
var doing = map[string]string{
	"get_requires_for_build_wheel":    "asking its build backend what it needs",
	"get_requires_for_build_editable": "asking its build backend what it needs",
	"build_wheel":                     "building its wheel",
	"build_editable":                  "building its editable wheel",
}

// cause is what is found to be wrong.
type cause struct {
	msg, hint string
	line      int // in failure.lines, -1 for none
	err       error
}

// explain makes an Error of a failure: the cause in one line if it is known, else what was raised.
func (b *Build) explain(f *failure) *Error {
	c := b.cause(f)
	e := b.fault("%s: %s", doing[f.hook], c.msg)
	e.Hint, e.Err = c.hint, c.err
	e.Output = f.lines[max(0, len(f.lines)-shownLines):]
	if c.line >= 0 && c.line < len(f.lines)-shownLines {
		e.Output = append([]string{f.lines[c.line], "…"}, e.Output...)
	}
	return e
}

func (b *Build) cause(f *failure) cause {
	if f.ended != nil && killed(f.ended) {
		return cause{msg: "its build backend was killed (signal 9)", hint: memoryHint, line: -1}
	}
	if f.raised != nil && f.raised.Type == "ModuleNotFoundError" && f.raised.Name != "" {
		return b.missingModule(f.raised.Name)
	}
	if c, found := b.recognize(f.lines); found {
		return c
	}
	switch {
	case f.raised != nil && f.raised.Kind == "path":
		return cause{msg: fmt.Sprintf("its build backend %s is not where backend-path says", b.System.Backend), line: -1}
	case f.raised != nil && f.raised.Kind == "import":
		return cause{msg: fmt.Sprintf("its build backend %s can't be loaded: %s", b.System.Backend, f.raised), line: -1}
	case f.raised != nil && f.raised.vague():
		return f.firstError()
	case f.raised != nil:
		return cause{msg: f.raised.String(), line: -1}
	case f.ended != nil:
		return cause{msg: fmt.Sprintf("its build backend ended with %v", f.ended), line: -1}
	}
	return cause{msg: fmt.Sprintf("its build backend %s: %v", b.System.Backend, f.unanswered), line: -1}
}

// String is the exception in one line.
func (e *exception) String() string {
	text, _, _ := strings.Cut(strings.TrimSpace(e.Text), "\n")
	switch text = plain(text); {
	case text == "":
		return plain(e.Type)
	case e.Type == "SystemExit": // a text for the user, or a status
		return text
	}
	return plain(e.Type) + ": " + text
}

// vague tells whether the exception only says that a program failed.
func (e *exception) vague() bool {
	return e.Type == "SystemExit" && strings.Trim(e.Text, "-0123456789") == "" || e.Type == "CalledProcessError"
}

// errorLine is how compilers and tools begin to say what is wrong.
var errorLine = regexp.MustCompile(`(?:^|[ :])(?:ERROR|[Ee]rror(?: C\d+| \[E\d+\])?): \S|^CMake Error|^error\[E\d+\]: `)

// firstError is the cause of a vague exception: the first error that was said.
func (f *failure) firstError() cause {
	text := f.raised.String()
	if f.raised.Type == "SystemExit" {
		text = "its build backend ended with exit status " + text
	}
	if at := slices.IndexFunc(f.lines, errorLine.MatchString); at >= 0 {
		return cause{msg: text + ", after " + strings.TrimSpace(f.lines[at]), line: at}
	}
	return cause{msg: text, line: -1}
}

// recognize finds the first of the rules that a line obeys.
func (b *Build) recognize(lines []string) (cause, bool) {
	for _, r := range rules() {
		for i, line := range lines {
			m := r.form.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			if c, ok := r.explain(b, m); ok {
				c.line = i
				return c, true
			}
		}
	}
	return cause{}, false
}

// setting is how a user changes a build, in pyproject.toml.
func (b *Build) setting(line string) string {
	n := b.Name.String()
	if n == "" {
		n = "NAME"
	}
	return fmt.Sprintf("[tool.ofiuco.build.%s] %s", n, line)
}

// missingModule is a Python module that no build requirement has.
func (b *Build) missingModule(module string) cause {
	top, _, _ := strings.Cut(plain(module), ".")
	if c, ok := b.removedModule(top); ok {
		return c
	}
	if top == rustInstaller {
		return noRust
	}
	requires := b.setting(fmt.Sprintf("requires = [%q]", projectOf(top)))
	backend, _, _ := strings.Cut(b.System.Backend, ".")
	backend, _, _ = strings.Cut(backend, ":")
	c := cause{line: -1, hint: "Add it in pyproject.toml: " + requires}
	if top == backend {
		c.msg = fmt.Sprintf("its build backend %s can't be loaded: no build requirement brings the module %q", b.System.Backend, module)
		return c
	}
	c.msg = fmt.Sprintf("it imports the module %q, which its build requirements do not bring", module)
	return c
}

// rustInstaller is what maturin asks for where there is no Rust: it would download one.
const rustInstaller = "puccinialin"

var noRust = cause{msg: "Rust is missing", hint: rustHint, line: -1}

// removedModule is a module that newer releases of Python or setuptools no longer have.
func (b *Build) removedModule(module string) (cause, bool) {
	newer := "A newer version of the package may not need it"
	switch module {
	case "distutils":
		return cause{
			msg:  "it imports distutils, which Python has no longer since 3.12",
			hint: fmt.Sprintf("%s; else let setuptools stand in for it: %s", newer, b.setting(`requires = ["setuptools"]`)),
			line: -1,
		}, true
	case "pkg_resources":
		return cause{
			msg:  "it imports pkg_resources, which setuptools has no longer since 82",
			hint: fmt.Sprintf("%s; else build it with an older setuptools: %s", newer, b.setting(`requires = ["setuptools<81"]`)),
			line: -1,
		}, true
	case "imp", "asynchat", "asyncore", "smtpd":
		return cause{msg: fmt.Sprintf("it imports %s, which Python has no longer since 3.12", module), hint: olderPython, line: -1}, true
	}
	return cause{}, false
}
