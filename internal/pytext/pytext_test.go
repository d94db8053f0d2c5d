package pytext

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

func TestLower(t *testing.T) {
	for in, want := range map[string]string{
		"":        "",
		"NumPy_2": "numpy_2",
		"ÉCOLE":   "école",
		"İ":       "i̇",
		"ΑΣ":      "ας",
		"ΑΣΑ":     "ασα",
		"Σ":       "σ",
		"1Σ":      "1σ",
		"Α.Σ":     "α.ς",
		"ΑΣ.Α":    "ασ.α",
	} {
		if got := Lower(in); got != want {
			t.Errorf("Lower(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestIsIdentifier(t *testing.T) {
	for in, want := range map[string]bool{
		"": false, "cp312": true, "_": true, "3py": false, "py 3": false, "py-3": false, "é": true, "a·": true, "·a": false,
	} {
		if got := IsIdentifier(in); got != want {
			t.Errorf("IsIdentifier(%q) = %v, want %v", in, got, want)
		}
	}
}

const everyCharacter = `
import json, sys, unicodedata
answers = []
for code in [*range(0x20000), *range(0xe0000, 0xe0200)]:
    c = chr(code)
    if unicodedata.category(c) not in ("Cn", "Cs"):  # assigned in this Python's Unicode
        answers.append([c, c.isidentifier(), ("a" + c).isidentifier(), c.lower(), ("A" + c + "Σ").lower(), ("AΣ" + c).lower()])
json.dump(answers, sys.stdout)
`

func TestEveryCharacterAsPython(t *testing.T) {
	output, err := exec.Command(oracle.Python(t), "-c", everyCharacter).Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers [][6]any
	if err := json.NewDecoder(bytes.NewReader(output)).Decode(&answers); err != nil {
		t.Fatal(err)
	}
	for _, want := range answers {
		c := want[0].(string)
		got := [6]any{c, IsIdentifier(c), IsIdentifier("a" + c), Lower(c), Lower("A" + c + "Σ"), Lower("AΣ" + c)}
		if got != want {
			t.Errorf("%+q: %v, want %v", c, got, want)
		}
	}
	if len(answers) < 60_000 {
		t.Errorf("only %d characters compared", len(answers))
	}
}
