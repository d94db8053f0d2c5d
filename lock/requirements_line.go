package lock

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/requirement"
)

// shortOptions are the one-letter forms of options.
var shortOptions = map[string]string{
	"-i": "--index-url", "-f": "--find-links", "-r": "--requirement", "-c": "--constraint", "-e": "--editable", "-C": "--config-settings",
}

// valueOptions are the options that are followed by a value.
var valueOptions = []string{
	"--index-url", "--pypi-url", "--extra-index-url", "--find-links", "--requirement", "--constraint", "--editable", "--no-binary",
	"--only-binary", "--trusted-host", "--use-feature", "--hash", "--config-settings", "--config-setting", "--global-option",
	"--all-releases", "--only-final",
}

// option is one option of a line.
type option struct{ name, value string }

// readLine reads a logical line:
//
//	line = ( requirement / url / path ) *option / option *option
func (r *requirementsReader) readLine(text string, at place, includes []string, isConstraint bool) *Error {
	if strings.Contains(text, "${") {
		return r.wrong(at, variableHint, "%q asks for a variable, which is not expanded", redact(shortened(text)))
	}
	asked, rest := cutOptions(text)
	options, problem := parseOptions(rest)
	if problem != "" {
		return r.wrong(at, requirementsHint, "%s", problem)
	}
	editable := false
	if len(options) > 0 && asked == "" && options[0].name == "--editable" {
		asked, options, editable = options[0].value, options[1:], true
	}
	if asked == "" {
		for _, o := range options {
			if err := r.readOption(o, at, includes, isConstraint); err != nil {
				return err
			}
		}
		return nil
	}
	var hashes []Hash
	for _, o := range options {
		switch o.name {
		case "--hash":
			algorithm, digest, _ := strings.Cut(o.value, ":")
			h, problem := newHash(algorithm, digest)
			if problem != "" {
				return r.wrong(at, requirementsHint, "%s", problem).of(nameIn(asked))
			}
			if !slices.Contains(hashes, h) {
				hashes = append(hashes, h)
			}
		case "--config-settings", "--config-setting", "--global-option":
			r.warn(at, "%s of %s is not obeyed", o.name, nameIn(asked))
		default:
			return r.wrong(at, requirementsHint, "option %q after a requirement", shortened(o.name)).of(nameIn(asked))
		}
	}
	return r.readRequirement(asked, hashes, at, editable, isConstraint)
}

// cutOptions splits a line before its first option.
func cutOptions(text string) (asked, options string) {
	start := 0
	for start < len(text) {
		if text[start] == '-' && (start == 0 || text[start-1] == ' ' || text[start-1] == '\t') {
			return strings.TrimSpace(text[:start]), text[start:]
		}
		start++
	}
	return text, ""
}

// parseOptions reads the options of a line, "--name=value", "--name value" or "-nvalue".
func parseOptions(text string) (options []option, problem string) {
	words := strings.Fields(text)
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		key, value, hasValue := strings.Cut(word, "=")
		if long, known := shortOptions[word[:min(2, len(word))]]; known {
			key, value, hasValue = long, strings.TrimPrefix(word[2:], "="), len(word) > 2
		}
		switch {
		case !strings.HasPrefix(key, "--"):
			return nil, fmt.Sprintf("unknown option %q", shortened(redact(word)))
		case hasValue || !slices.Contains(valueOptions, key):
		case len(words) == 0:
			return nil, fmt.Sprintf("option %q without a value", key)
		default:
			value, words = words[0], words[1:]
		}
		if strings.ContainsAny(value, `"'`) {
			return nil, fmt.Sprintf("option %q with quotes, which are not understood", key)
		}
		options = append(options, option{key, value})
	}
	return options, ""
}

// nameIn is the name that a requirement begins with, as far as it is one.
func nameIn(asked string) string {
	end := strings.IndexFunc(asked, func(c rune) bool {
		return c >= 0x80 || !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", c)
	})
	if end < 0 {
		end = len(asked)
	}
	return shortened(asked[:end])
}

// readOption reads an option that is for the whole file.
func (r *requirementsReader) readOption(o option, at place, includes []string, isConstraint bool) *Error {
	switch o.name {
	case "--requirement", "--constraint":
		return r.include(o, at, includes, isConstraint || o.name == "--constraint")
	case "--index-url", "--pypi-url":
		return r.setIndexURL(o.value, at)
	case "--extra-index-url":
		return r.wrong(at, indexHint, "--extra-index-url %q: no second index is asked", redact(o.value))
	case "--find-links":
		if strings.Contains(o.value, "://") && !isWebURL(o.value) || !strings.Contains(o.value, "://") && !isInside(o.value) {
			return r.wrong(at, "use a page or a folder beside the lock", "--find-links %q is neither of http or https nor within the lock's folder", redact(o.value))
		}
		r.lock.Indexes = append(r.lock.Indexes, Index{URL: o.value, Flat: true})
	case "--no-index":
		r.noIndex = true
	case "--no-binary", "--only-binary", "--trusted-host":
		r.warn(at, "%s is not obeyed", o.name)
	case "--require-hashes", "--no-require-hashes", "--prefer-binary", "--pre", "--use-feature", "--all-releases", "--only-final":
		// Hashes are always required, and pinned versions leave nothing to prefer.
	default:
		return r.wrong(at, requirementsHint, "unknown option %q", shortened(o.name))
	}
	return nil
}

// setIndexURL sets the one index.
func (r *requirementsReader) setIndexURL(address string, at place) *Error {
	if !isWebURL(address) {
		return r.wrong(at, requirementsHint, "%q is not an http or https URL", redact(address))
	}
	for _, index := range r.lock.Indexes {
		if index.Default && index.URL != address {
			return r.wrong(at, indexHint, "--index-url %q: another index is given before", redact(address))
		}
		if index.Default {
			return nil
		}
	}
	r.lock.Indexes = append(r.lock.Indexes, Index{URL: address, Default: true})
	return nil
}

// include reads the file of a -r or -c line.
func (r *requirementsReader) include(o option, at place, includes []string, isConstraint bool) *Error {
	file := path.Join(path.Dir(at.file), o.value)
	switch {
	case strings.Contains(o.value, "://") || path.IsAbs(o.value) || !isInside(file):
		return r.wrong(at, "move it beside the lock", "%s %q is outside of the lock's folder", o.name, redact(o.value))
	case slices.Contains(includes, file) || file == path.Base(r.in.Path):
		return r.wrong(at, requirementsHint, "%s %q: the file includes itself", o.name, o.value)
	case len(includes) >= maxIncludes:
		return r.wrong(at, requirementsHint, "files include each other more than %d deep", maxIncludes)
	case r.files >= maxFiles:
		return r.wrong(at, requirementsHint, "more than %d files are included", maxFiles)
	case r.in.Open == nil:
		return r.wrong(at, requirementsHint, "%s %q: no other file can be read here", o.name, o.value)
	}
	r.files++
	data, err := r.in.Open(file)
	if err != nil {
		e := r.wrong(at, requirementsHint, "reading %q: %s", file, err)
		e.Err = err
		return e
	}
	return r.readFile(data, file, append(slices.Clone(includes), file), isConstraint)
}

// readRequirement reads what a line asks for.
func (r *requirementsReader) readRequirement(asked string, hashes []Hash, at place, editable, isConstraint bool) *Error {
	p := &Package{Line: at.line, Hashes: hashes}
	if isLocation(asked) {
		if isConstraint {
			return r.wrong(at, requirementsHint, "a constraint without a name")
		}
		return r.readLocation(asked, p, at, editable)
	}
	parsed, err := requirement.Parse(asked)
	if err != nil {
		e := r.wrong(at, requirementsHint, "%s", err).of(nameIn(asked))
		e.Facts, e.Err = markerFacts(err), err
		return e
	}
	if isConstraint {
		r.constraints = append(r.constraints, constraintLine{at, parsed.Name, constraintOf(parsed.Specifiers), parsed.Marker != nil})
		return nil
	}
	p.Name = parsed.Name
	p.spell(nameIn(asked))
	p.Included = []Condition{{Marker: r.markers.intern(parsed.Marker)}}
	root := Root{Dependency: Dependency{Extras: parsed.Extras, Marker: p.Included[0].Marker, Constraint: constraintOf(parsed.Specifiers)}}
	if parsed.URL != "" {
		if problem := r.setURL(p, parsed.URL); problem != "" {
			return r.wrong(at, requirementsHint, "%s", problem).of(p.Name.String())
		}
		root.Source, root.Version = &p.Source, p.Version
		r.add(p, root)
		return nil
	}
	var isPinned bool
	if p.Version, isPinned = pinned(root.Constraint); !isPinned {
		return r.wrong(at, requirementsHint, "not pinned to a version by ==").of(p.Name.String())
	}
	if len(hashes) == 0 {
		return r.wrong(at, requirementsHint, "no sha256").of(p.Name.String() + " " + p.Version.String())
	}
	p.Source = Source{Kind: FromIndex}
	root.Version = p.Version
	r.add(p, root)
	return nil
}

// isLocation says whether a line is a URL or path without a name.
func isLocation(asked string) bool {
	start, _, _ := strings.Cut(asked, " ")
	_, err := name.Parse(start)
	return strings.Contains(start, "://") || strings.HasPrefix(start, ".") || strings.HasPrefix(start, "/") ||
		err != nil && strings.Contains(start, "/") && !strings.ContainsAny(start, "@;")
}
