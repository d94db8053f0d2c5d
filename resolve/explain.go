package resolve

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/tag"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/target"
)

// maxFacts is how many facts an error has.
const maxFacts = 12

// unsolvable is the error of a clause without terms.
func (s *solver) unsolvable(c *clause) error {
	facts := s.causes(c)
	if len(facts) == 1 && facts[0].asker == nil {
		r := facts[0].requirement
		p := s.projects[r.Name]
		return &Error{
			Msg:   fmt.Sprintf("no release of %s meets the build requirement %q on %s", r.Name, display(r), s.target),
			Facts: p.why(facts[0]),
			Hint:  "build with a Python that it has wheels for, or change the requirement",
		}
	}
	return &Error{
		Msg:   fmt.Sprintf("no versions meet all build requirements on %s", s.target),
		Facts: s.facts(c),
		Hint:  "change the requirements of what is built, or choose a version of it that asks for less",
	}
}

// causes are the facts that a clause follows from, each once.
func (s *solver) causes(c *clause) []*clause {
	var facts []*clause
	seen := map[*clause]bool{}
	open := []*clause{c}
	for len(open) > 0 {
		c := open[len(open)-1]
		open = open[:len(open)-1]
		if c == nil || seen[c] {
			continue
		}
		seen[c] = true
		if c.from[0] == nil {
			facts = append(facts, c)
		}
		open = append(open, c.from[1], c.from[0])
	}
	return facts
}

// facts say what a clause follows from: by the project that is asked for, and first what the build itself asks.
func (s *solver) facts(c *clause) []string {
	causes := s.causes(c)
	slices.SortStableFunc(causes, func(a, b *clause) int {
		return cmp.Or(cmp.Compare(a.about(), b.about()), cmp.Compare(a.who(), b.who()), cmp.Compare(a.requirement.String(), b.requirement.String()))
	})
	var texts []string
	for _, cause := range causes {
		texts = append(texts, cause.says())
		if cause.reason == "" {
			texts = append(texts, s.projects[cause.requirement.Name].why(cause)...)
		}
	}
	texts = slices.Compact(texts)
	if more := len(texts) - maxFacts; more > 0 {
		texts = append(texts[:maxFacts], fmt.Sprintf("and %d more", more))
	}
	return texts
}

// about is the project that a fact is about.
func (c *clause) about() name.Name {
	if c.reason != "" {
		return c.asker.key.project
	}
	return c.requirement.Name
}

// who asks: the build is "", which sorts first.
func (c *clause) who() string {
	if c.asker == nil {
		return ""
	}
	return string(c.asker.key.project) + " " + string(c.asker.extra)
}

// says is a fact in words.
func (c *clause) says() string {
	switch {
	case c.asker == nil:
		return "the build asks for " + shown(display(c.requirement))
	case c.reason != "":
		return c.askers() + " " + c.reason
	case strings.Contains(c.askers(), ","):
		return c.askers() + " ask for " + shown(display(c.requirement))
	}
	return c.askers() + " asks for " + shown(display(c.requirement))
}

// maxVersions is how many versions a message lists.
const maxVersions = 3

// askers are the versions that ask, "pythran 0.16.0, 0.15.0 and 4 more".
func (c *clause) askers() string {
	project := string(c.asker.key.project)
	if c.asker.extra != "" {
		project += "[" + string(c.asker.extra) + "]"
	}
	var versions []string
	for i, candidate := range c.terms[0].project.candidates {
		if c.terms[0].in.has(i + 1) {
			versions = append(versions, candidate.version.String())
		}
	}
	return project + " " + enumerate(versions, maxVersions)
}

// enumerate lists texts, the first few of them.
func enumerate(texts []string, most int) string {
	if more := len(texts) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(texts[:most], ", "), more)
	}
	return strings.Join(texts, ", ")
}

// why says which releases a requirement would allow that are no candidates.
func (p *project) why(c *clause) []string {
	if len(p.candidates)+len(p.passed) == 0 {
		return []string{fmt.Sprintf("no index has files of %s", p.name)}
	}
	if p.direct != "" {
		return []string{fmt.Sprintf("%s %s is the only release, since the build names its URL", p.name, p.candidates[0].version)}
	}
	var texts, older []string
	out := func(v version.Version, reason string) {
		if len(texts) == 0 {
			texts = append(texts, fmt.Sprintf("%s %s %s", p.name, v, reason))
		} else {
			older = append(older, v.String())
		}
	}
	allows := false
	for _, candidate := range p.candidates {
		switch {
		case !c.requirement.Specifiers.Contains(candidate.version):
		case candidate.yanked && !isPin(c.requirement.Specifiers):
			out(candidate.version, "was yanked")
		default:
			allows = true
		}
	}
	for _, passed := range p.passed {
		if c.requirement.Specifiers.Contains(passed.version) {
			out(passed.version, passed.reason)
		}
	}
	if !allows && len(texts) == 0 {
		return []string{fmt.Sprintf("its newest release is %s %s", p.name, p.newest())}
	}
	if len(older) > 0 {
		texts = append(texts, fmt.Sprintf("nor can %s %s be taken", p.name, enumerate(older, maxVersions)))
	}
	return texts
}

// newest is the newest version, with a wheel for the target or not.
func (p *project) newest() version.Version {
	var newest version.Version
	if len(p.candidates) > 0 {
		newest = p.candidates[0].version
	}
	if len(p.passed) > 0 && p.passed[0].version.Compare(newest) > 0 {
		newest = p.passed[0].version
	}
	return newest
}

// reasons is why a release has no wheel for the target.
type reasons struct {
	target target.Target
	tags   []tag.Tag
	sdist  bool
	python string
	hash   string
}

// maxTags is how many tags a message lists.
const maxTags = 6

func (r *reasons) String() string {
	switch {
	case r.hash != "":
		return fmt.Sprintf("has no sha256 on its index (%s)", shown(r.hash))
	case r.python != "":
		return "requires Python " + shown(r.python)
	case len(r.tags) > 0:
		var texts []string
		for _, t := range r.tags {
			texts = append(texts, t.String())
		}
		slices.Sort(texts)
		return fmt.Sprintf("has no wheel for it (%s), but for %s", r.target.Why(r.tags).Detail, enumerate(slices.Compact(texts), maxTags))
	case r.sdist:
		return "has no wheel, only a source distribution, and what builds is not itself built"
	}
	return "has no files"
}

// shown is text of others as messages may show it: control characters are escaped.
func shown(text string) string {
	if strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return strconv.Quote(text)
	}
	return text
}
