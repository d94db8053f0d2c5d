package quoted_test

import (
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/quoted"
)

func TestQuoted(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, test := range []struct{ text, always, ifNeeded string }{
		{"a/b.py", `"a/b.py"`, "a/b.py"},
		{"", `""`, ""},
		{"a\x1b[31mb", `"a\x1b[31mb"`, `"a\x1b[31mb"`},
		{"a\nb", `"a\nb"`, `"a\nb"`},
		{`a"b`, `"a\"b"`, `"a\"b"`},
		{"\xff", `"\xff"`, `"\xff"`},
		{long, `"` + long[:200] + `"…`, `"` + long[:200] + `"…`},
	} {
		if got := quoted.Always(test.text); got != test.always {
			t.Errorf("Always(%q) = %s, want %s", test.text, got, test.always)
		}
		if got := quoted.IfNeeded(test.text); got != test.ifNeeded {
			t.Errorf("IfNeeded(%q) = %s, want %s", test.text, got, test.ifNeeded)
		}
	}
}
