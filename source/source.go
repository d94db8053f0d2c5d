// Package source brings the sources of a package to the disk, so that a wheel can be built of them: archives and git
// commits are unpacked safely, a directory is copied.
//
// It stands beside fetch, which brings the archives and checks their digests, and before sdist, which runs the build
// backend. Its rules:
//
//   - Nothing that a source says makes a file outside its folder. Archives are written through an os.Root, names are
//     checked as those of a Tree are, and links are made last, when where each leads is known (PEP 706).
//   - An archive has one reading. Where readers of tar or zip differ on one, it is refused; so is one with bytes after
//     its end, or that inflates to far more than its size.
//   - What comes of a source does not depend on the host: modes are 0644 and 0755 whatever the umask, owners are
//     ignored, git runs without hooks, filters and conversions of its user.
//   - Files keep the archive's times, because builds compare them: make and Cython make a file anew that is older than
//     what it is made from, with tools that the build may not have. Only times that a zip could not hold are moved.
//   - A refusal may leave a part of the source behind: the folder is the caller's, to remove.
//   - git is a program of the host's. It gets a URL or a commit only after these were checked, and of the environment
//     only what it needs. Its objects are named by their digests, which it checks whenever it takes objects over, from a
//     server and from the cache: the commit in the lock answers for every byte, submodules included.
package source

import (
	"fmt"
	"strings"

	"github.com/ofiuco/ofiuco/internal/quoted"
)

// Error says why a source can't be had.
type Error struct {
	Source string   // the archive's file name, or the repository's URL without credentials
	Member string   // path in the archive, as it is written there; "" when the source as a whole is at fault
	Reason string   // one line; what comes from the source is quoted in it
	Facts  []string // more about Reason, such as git's last lines; may be empty
	Hint   string   // what to do; may be ""
	Err    error    // the cause; an *index.NetworkError when another try may help; may be nil
}

// Error is one line that names the source, the member and the reason, then the facts and the hint.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(quoted.IfNeeded(e.Source))
	if e.Member != "" {
		fmt.Fprintf(&b, ": member %s", quoted.Always(e.Member))
	}
	b.WriteString(": " + e.Reason)
	for _, line := range e.Facts {
		b.WriteString("\n" + line)
	}
	if e.Hint != "" {
		b.WriteString("\n" + e.Hint)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// broken is the hint for faults that only another archive mends.
const broken = "The archive itself is broken or hostile: tell its maintainers, or choose another version."

// refuse is the error of an archive; Unpack names it.
func refuse(member, format string, args ...any) *Error {
	return &Error{Member: member, Reason: fmt.Sprintf(format, args...), Hint: broken}
}
