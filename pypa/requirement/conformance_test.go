package requirement

import (
	"fmt"
	"testing"

	"github.com/ofiuco/ofiuco/internal/conformance"
)

type requirementCase struct {
	In         string   `json:"in"`
	OK         bool     `json:"ok"`
	Name       string   `json:"name"`
	Extras     []string `json:"extras"`
	Specifiers string   `json:"specifiers"`
	URL        string   `json:"url"`
	Marker     *string  `json:"marker"` // nil when packaging's text reads differently
	Text       *string  `json:"text"`
}

func TestAsPackaging(t *testing.T) {
	conformance.Run(t, "requirement", conformance.Counts{Frozen: 1_200, Quick: 4_000, Full: 100_000}, func(c requirementCase) string {
		r, err := Parse(c.In)
		if (err == nil) != c.OK {
			return fmt.Sprintf("Parse(%q) = %v, %v; want ok %v", c.In, r, err, c.OK)
		}
		if !c.OK {
			return ""
		}
		switch {
		case r.Name.String() != c.Name,
			fmt.Sprint(r.Extras) != fmt.Sprint(c.Extras),
			r.Specifiers.String() != c.Specifiers,
			r.URL != c.URL,
			c.Marker != nil && r.Marker.String() != *c.Marker,
			c.Text != nil && r.String() != *c.Text:
			return fmt.Sprintf("Parse(%q) = %q, extras %v, specifiers %q, URL %q, marker %q", c.In, r, r.Extras, r.Specifiers, r.URL, r.Marker)
		}
		return ""
	})
}
