package name

import (
	"fmt"
	"testing"

	"github.com/ofiuco/ofiuco/internal/conformance"
)

type nameCase struct {
	In   string `json:"in"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
}

func TestAsPackaging(t *testing.T) {
	conformance.Run(t, "name", conformance.Counts{Frozen: 500, Quick: 2_000, Full: 100_000}, func(c nameCase) string {
		if got := Normalize(c.In); got != Name(c.Text) {
			return fmt.Sprintf("Normalize(%q) = %q, want %q", c.In, got, c.Text)
		}
		if n, err := Parse(c.In); (err == nil) != c.OK || c.OK && n != Name(c.Text) {
			return fmt.Sprintf("Parse(%q) = %q, %v; want %q, %v", c.In, n, err, c.Text, c.OK)
		}
		return ""
	})
}
