package wheel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/internal/quoted"
)

// Error says why a wheel is refused.
type Error struct {
	Filename string // the wheel's
	Member   string // path in the archive, as it is written there; "" when the archive itself is at fault
	Reason   string // one line; what comes from the wheel is quoted in it
	Facts    string // more about Reason, such as both digests; may be ""
	Hint     string // what to do; may be ""
}

// Error is one line that names the wheel, the member and the reason, then one each for facts and hint.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(quoted.IfNeeded(e.Filename))
	if e.Member != "" {
		fmt.Fprintf(&b, ": member %s", quoted.Always(e.Member))
	}
	b.WriteString(": " + e.Reason)
	for _, line := range []string{e.Facts, e.Hint} {
		if line != "" {
			b.WriteString("\n" + line)
		}
	}
	return b.String()
}

// broken is the hint for faults that only another wheel mends.
const broken = "The wheel itself is broken or hostile: tell its maintainers, or choose another version."

func refuse(member, format string, args ...any) *Error {
	return &Error{Member: member, Reason: fmt.Sprintf(format, args...), Hint: broken}
}

// The codes of Oddities.
const (
	// CodeRecord is a digest or size in RECORD that is not the file's, or a digest too weak to tell.
	CodeRecord = "record"
	// CodeBomb is a wheel that inflates to more than 64 MiB and more than 50 times its size, which PyPI
	// refuses to host.
	CodeBomb = "bomb"
	// CodeUnlisted is a file that RECORD does not list, or lists without a digest.
	CodeUnlisted = "record-unlisted"
	// CodeTwice is a file that the archive has twice, with the same bytes.
	CodeTwice = "twice"
	// CodeGhost is a row of RECORD without a file.
	CodeGhost = "record-ghost"
	// CodeSpelling is a path or a digest that RECORD spells unlike the specification.
	CodeSpelling = "record-spelling"
	// CodeVersion is a minor version of a format that is newer than what this package knows.
	CodeVersion = "format-version"
	// CodeTags is a WHEEL file whose tags are not those of the file's name.
	CodeTags = "tags"
	// CodeEntryPoint is an entry point, of no script, that importlib.metadata cannot read.
	CodeEntryPoint = "entry-point"
)

// Oddity is what is unusual about a wheel.
type Oddity struct {
	Code   string // one of the Code constants
	Member string // path in the archive; "" when it is about the whole
	Text   string // one line; what comes from the wheel is quoted in it
	Facts  string // more, such as both digests; may be ""
}

// String is the oddity in one line.
func (o Oddity) String() string {
	if o.Member == "" {
		return o.Text
	}
	return fmt.Sprintf("member %s: %s", quoted.Always(o.Member), o.Text)
}

// Violation says whether a wheel with this oddity is refused unless the code is allowed for its package.
func (o Oddity) Violation() bool { return o.Code == CodeRecord || o.Code == CodeBomb }

// Refusal is an *Error when the wheel has a violation whose code is not among those allowed for its
// package (pyproject.toml: [tool.ofiuco.allow] numpy = "record").
func (w *Wheel) Refusal(allowed ...string) error {
	for _, o := range w.Oddities {
		if !o.Violation() || slices.Contains(allowed, o.Code) {
			continue
		}
		return &Error{
			Filename: w.Filename, Member: o.Member, Reason: o.Text, Facts: o.Facts,
			Hint: fmt.Sprintf("The wheel itself is broken. Tell its maintainers, choose another version, or allow it: [tool.ofiuco.allow] %s = %q",
				w.Name, o.Code),
		}
	}
	return nil
}

// maxOddities bounds how many oddities of one code are kept.
const maxOddities = 3

// oddities collects Oddities and counts those beyond maxOddities.
type oddities struct {
	list  []Oddity
	count map[string]int
}

func (o *oddities) add(code, member, format string, args ...any) {
	o.addFacts(code, member, "", format, args...)
}

func (o *oddities) addFacts(code, member, facts, format string, args ...any) {
	if o.count == nil {
		o.count = map[string]int{}
	}
	if o.count[code]++; o.count[code] <= maxOddities {
		o.list = append(o.list, Oddity{code, member, fmt.Sprintf(format, args...), facts})
	}
}

// all is the list, with a line on what was left out of it.
func (o *oddities) all() []Oddity {
	for i, last := range slices.Backward(o.list) {
		if more := o.count[last.Code] - maxOddities; more > 0 {
			o.count[last.Code] = 0
			o.list = slices.Insert(o.list, i+1, Oddity{Code: last.Code, Text: fmt.Sprintf("%d more like the one before", more)})
		}
	}
	return o.list
}
