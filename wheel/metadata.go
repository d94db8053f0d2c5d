package wheel

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ofiuco/ofiuco/internal/quoted"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/tag"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// Metadata is what METADATA says, as it is written there (core metadata specification).
type Metadata struct {
	Name           string
	Version        string
	RequiresPython string   // "" when there is none
	RequiresDist   []string // one requirement each, PEP 508
	ProvidesExtra  []string
}

// The newest major versions of the formats that are known, and the newest minor ones.
const (
	metadataMajor, metadataMinor = 2, 5
	wheelMajor, wheelMinor       = 1, 0
)

// project is what a wheel's parts must agree on.
type project struct {
	name    name.Name
	version version.Version
}

// matches says whether a name and a version, in any spelling, are the project's.
func (p project) matches(named, versioned string) bool {
	n, err := name.Parse(strings.TrimSpace(named))
	if err != nil || n != p.name {
		return false
	}
	v, err := version.Parse(versioned)
	return err == nil && v.Equal(p.version)
}

// matchesFolder says whether "NAME-VERSION" is the project's. Either may have dashes in old wheels.
func (p project) matchesFolder(stem string) bool {
	for i := range len(stem) {
		if stem[i] == '-' && p.matches(stem[:i], stem[i+1:]) {
			return true
		}
	}
	return false
}

// readMetadata checks METADATA against the file's name.
func readMetadata(text []byte, p project, odd *oddities) (Metadata, error) {
	if !utf8.Valid(text) {
		return Metadata{}, fmt.Errorf("is not UTF-8")
	}
	h := parseHeaders(string(text))
	for _, field := range []string{"Name", "Version"} {
		values := h.all(field)
		if len(values) == 0 {
			return Metadata{}, fmt.Errorf("has no %s", field)
		}
		if slices.ContainsFunc(values, func(v string) bool { return v != values[0] }) {
			return Metadata{}, fmt.Errorf("has two %ss that differ", strings.ToLower(field))
		}
	}
	m := Metadata{
		Name:           h.get("Name"),
		Version:        h.get("Version"),
		RequiresPython: h.get("Requires-Python"),
		RequiresDist:   h.all("Requires-Dist"),
		ProvidesExtra:  h.all("Provides-Extra"),
	}
	if !p.matches(m.Name, m.Version) {
		return Metadata{}, fmt.Errorf("says %s %s, but the file's name %s %s", quoted.Always(m.Name), quoted.Always(m.Version), p.name, p.version)
	}
	if h.get("Metadata-Version") == "" {
		odd.add(CodeVersion, "", "METADATA has no Metadata-Version")
		return m, nil
	}
	return m, checkFormat("Metadata-Version", h.get("Metadata-Version"), metadataMajor, metadataMinor, odd)
}

// readWheelFile checks the WHEEL file, which tells where files at the root go.
func readWheelFile(text []byte, tags []tag.Tag, odd *oddities) (rootIsPurelib bool, err error) {
	if !utf8.Valid(text) {
		return false, fmt.Errorf("is not UTF-8")
	}
	h := parseHeaders(string(text))
	if err := checkFormat("Wheel-Version", h.get("Wheel-Version"), wheelMajor, wheelMinor, odd); err != nil {
		return false, err
	}
	var listed []tag.Tag
	for _, set := range h.all("Tag") {
		some, err := tag.Parse(set)
		if err != nil || len(listed)+len(some) > tag.MaxSet {
			odd.add(CodeTags, "", "WHEEL has a tag that is none, or too many: %s", quoted.Always(set))
			break
		}
		listed = append(listed, some...)
	}
	slices.SortFunc(listed, tag.Tag.Compare)
	if !slices.Equal(slices.Compact(listed), tags) {
		odd.add(CodeTags, "", "WHEEL has other tags than the file's name")
	}
	return strings.EqualFold(h.get("Root-Is-Purelib"), "true"), nil
}

// checkFormat refuses a format's version of another major part, as the specifications of METADATA and
// WHEEL ask for, and notes a newer minor part.
func checkFormat(field, text string, major, minor int, odd *oddities) error {
	if text == "" {
		return fmt.Errorf("has no %s", field)
	}
	first, second, _ := strings.Cut(strings.TrimSpace(text), ".")
	foundMajor, err := strconv.ParseUint(first, 10, 31)
	if err != nil {
		return fmt.Errorf("has a %s that is none: %s", field, quoted.Always(text))
	}
	foundMinor, err := strconv.ParseUint(second, 10, 31)
	if err != nil {
		return fmt.Errorf("has a %s that is none: %s", field, quoted.Always(text))
	}
	if foundMajor == 0 || foundMajor > uint64(major) {
		return fmt.Errorf("has %s %s; this ofiuco reads up to %d.x", field, quoted.Always(text), major)
	}
	if foundMajor == uint64(major) && foundMinor > uint64(minor) {
		odd.add(CodeVersion, "", "%s %s is newer than %d.%d, which this ofiuco knows", field, quoted.Always(text), major, minor)
	}
	return nil
}
