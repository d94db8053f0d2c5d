package starlarktest

import (
	"math/rand/v2"
	"testing"

	"go.starlark.net/starlark"

	"github.com/ofiuco/ofiuco/tree"
)

// TestGlobstar compares the ruleset's patterns with those that leave files out of zips.
func TestGlobstar(t *testing.T) {
	m := Load(t, "//lib/private:globstar.bzl")
	random := rand.New(rand.NewPCG(1, 2))
	word := func(alphabet string) string {
		text := make([]byte, random.IntN(9))
		for i := range text {
			text[i] = alphabet[random.IntN(len(alphabet))]
		}
		return string(text)
	}
	matched := 0
	for range 20_000 {
		pattern, path := word("a/*?*"), word("aab/")
		want := tree.CompilePattern(pattern).Match(path)
		if want {
			matched++
		}
		if got := m.Call("globstar", starlark.String(pattern), starlark.String(path)); got != starlark.Bool(want) {
			t.Fatalf("globstar(%q, %q) = %v", pattern, path, got)
		}
	}
	if matched < 1000 {
		t.Errorf("only %d patterns matched", matched)
	}
}
