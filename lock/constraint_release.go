package lock

import (
	"strings"

	"github.com/ofiuco/ofiuco/pypa/version"
)

// release is a version taken apart, for the arithmetic of Poetry's operators. Numbers stay decimal
// text, since PEP 440 does not bound them.
type release struct {
	epoch, pre, post, dev, local string   // "1!", "rc1", ".post1", ".dev1", "+cu121"; "" for none
	numbers                      []string // "1", "2", "3"
}

// releaseOf takes v apart.
func releaseOf(v version.Version) release {
	var r release
	text := v.String() // normalized, hence only one spelling of each part
	if i := strings.IndexByte(text, '+'); i >= 0 {
		text, r.local = text[:i], text[i:]
	}
	if i := strings.IndexByte(text, '!'); i >= 0 {
		r.epoch, text = text[:i+1], text[i+1:]
	}
	if i := strings.Index(text, ".dev"); i >= 0 {
		text, r.dev = text[:i], text[i:]
	}
	if i := strings.Index(text, ".post"); i >= 0 {
		text, r.post = text[:i], text[i:]
	}
	if i := strings.IndexAny(text, "abr"); i >= 0 {
		text, r.pre = text[:i], text[i:]
	}
	r.numbers = strings.Split(text, ".")
	return r
}

func (r release) String() string {
	return r.epoch + strings.Join(r.numbers, ".") + r.pre + r.post + r.dev + r.local
}

// isFinal says whether r is neither a pre-release, a post-release nor a development release.
func (r release) isFinal() bool { return r.pre == "" && r.post == "" && r.dev == "" }

// isUnstable says whether r is a pre-release or a development release.
func (r release) isUnstable() bool { return r.pre != "" || r.dev != "" }

// stable is r itself when it is final or a post-release, else the release that it leads to.
func (r release) stable() release {
	if !r.isUnstable() {
		return r
	}
	if r.pre != "" {
		r.post = ""
	}
	r.pre, r.dev, r.local = "", "", ""
	return r
}

// nextBreaking is the first release that a caret excludes: the one after the first number that is
// not zero, or after the last of at most three.
func (r release) nextBreaking() release {
	for i := range min(2, len(r.numbers)-1) {
		if r.numbers[i] != "0" {
			return r.bump(i)
		}
	}
	return r.bump(min(2, len(r.numbers)-1))
}

// bump adds one to number i, counting a missing one as zero, and makes those after it zero.
func (r release) bump(i int) release {
	next := release{epoch: r.epoch, numbers: make([]string, max(len(r.numbers), i+1))}
	for k := range next.numbers {
		switch {
		case k < i:
			next.numbers[k] = r.numbers[k]
		case k == i && k < len(r.numbers):
			next.numbers[k] = increment(r.numbers[k])
		case k == i:
			next.numbers[k] = "1"
		default:
			next.numbers[k] = "0"
		}
	}
	return next
}

// family is the range that a wildcard after r stands for: from first on, below end.
func (r release) family() (first, end release) {
	first = r
	first.dev, first.local = ".dev0", ""
	end = release{epoch: r.epoch, numbers: r.numbers, pre: r.pre, post: r.post, dev: ".dev0"}
	switch {
	case r.post != "" && r.dev == "":
		end.post = incrementLast(r.post)
	case r.post != "":
	case r.pre != "" && r.dev == "":
		end.pre = incrementLast(r.pre)
	case r.pre != "":
	case r.dev != "":
		end.dev = incrementLast(r.dev)
	default:
		end.numbers = r.bump(len(r.numbers) - 1).numbers
	}
	return first, end
}

// incrementLast adds one to the number at the end of a part such as "rc1".
func incrementLast(part string) string {
	digits := strings.TrimLeft(part, ".abcdeoprstv")
	return strings.TrimSuffix(part, digits) + increment(digits)
}

// increment adds one to a decimal number of any length.
func increment(digits string) string {
	b := []byte(digits)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] != '9' {
			b[i]++
			return string(b)
		}
		b[i] = '0'
	}
	return "1" + string(b)
}
