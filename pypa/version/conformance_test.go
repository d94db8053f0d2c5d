package version

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ofiuco/ofiuco/internal/conformance"
)

type versionCase struct {
	In      string   `json:"in"`
	OK      bool     `json:"ok"`
	Text    string   `json:"text"`
	Epoch   string   `json:"epoch"`
	Release []string `json:"release"`
	Base    string   `json:"base"`
	Public  string   `json:"public"`
	Local   string   `json:"local"`
	Pre     bool     `json:"pre"`
	Post    bool     `json:"post"`
	Dev     bool     `json:"dev"`
}

func TestVersionsAsPackaging(t *testing.T) {
	conformance.Run(t, "version", conformance.Counts{Frozen: 1_000, Quick: 4_000, Full: 100_000}, func(c versionCase) string {
		v, err := Parse(c.In)
		if (err == nil) != c.OK {
			return fmt.Sprintf("Parse(%q) = %v, %v; want ok %v", c.In, v, err, c.OK)
		}
		if !c.OK {
			return ""
		}
		got := versionCase{c.In, true, v.String(), v.Epoch(), v.Release(), v.Base(), v.Public(), v.Local(), v.IsPrerelease(), v.IsPostrelease(), v.IsDevrelease()}
		if fmt.Sprint(got) != fmt.Sprint(c) {
			return fmt.Sprintf("Parse(%q)\n got %v\nwant %v", c.In, got, c)
		}
		return ""
	})
}

type orderCase struct {
	A     string `json:"a"`
	B     string `json:"b"`
	Order int    `json:"order"`
}

func TestOrderAsPackaging(t *testing.T) {
	conformance.Run(t, "order", conformance.Counts{Frozen: 1_000, Quick: 4_000, Full: 100_000}, func(c orderCase) string {
		a, b := MustParse(c.A), MustParse(c.B)
		if a.Compare(b) != c.Order || b.Compare(a) != -c.Order || a.Equal(b) != (c.Order == 0) {
			return fmt.Sprintf("%s Compare %s = %d, want %d", a, b, a.Compare(b), c.Order)
		}
		return ""
	})
}

type specifiersCase struct {
	In       string   `json:"in"`
	OK       bool     `json:"ok"`
	Text     string   `json:"text"`
	Versions []string `json:"versions"`
	Contains []bool   `json:"contains"`
	Filter   []string `json:"filter"`
}

func TestSpecifiersAsPackaging(t *testing.T) {
	conformance.Run(t, "specifiers", conformance.Counts{Frozen: 600, Quick: 2_000, Full: 100_000}, func(c specifiersCase) string {
		s, err := ParseSpecifiers(c.In)
		if (err == nil) != c.OK || s.String() != c.Text {
			return fmt.Sprintf("ParseSpecifiers(%q) = %q, %v; want %q, ok %v", c.In, s, err, c.Text, c.OK)
		}
		var versions []Version
		for i, text := range c.Versions {
			v := MustParse(text)
			versions = append(versions, v)
			if s.Contains(v) != c.Contains[i] {
				return fmt.Sprintf("%q Contains %s = %v", c.In, v, s.Contains(v))
			}
		}
		var kept []string
		for _, v := range s.Filter(versions) {
			kept = append(kept, v.String())
		}
		if !slices.Equal(kept, c.Filter) {
			return fmt.Sprintf("%q Filter %v = %v, want %v", c.In, c.Versions, kept, c.Filter)
		}
		return ""
	})
}
