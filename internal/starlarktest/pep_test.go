package starlarktest

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// eachCase decodes the vectors that a Go package was compared with `packaging` by.
func eachCase[Case any](t *testing.T, pkg, kind string, check func(Case)) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "pypa", pkg, "testdata", kind+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	n := 0
	for ; lines.Scan(); n++ {
		var c Case
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		check(c)
	}
	if err := lines.Err(); err != nil || n == 0 {
		t.Fatalf("%d cases, %v", n, err)
	}
}

// ascii says that Bazel's strings, which are bytes, and Go's tell the same of s: the ruleset knows no space outside of ASCII.
func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 0x7f }) < 0
}

func TestMarkersAsPackaging(t *testing.T) {
	m := Load(t, "//python/private:marker.bzl")
	var environments []any
	eachCase(t, "marker", "marker", func(c struct {
		Environments []any
		In           string
		OK           bool
		Odd          any
		Answers      []*bool
	}) {
		if c.Environments != nil {
			environments = c.Environments
			return
		}
		parsed := m.Call("parse_marker", starlark.String(c.In)).(starlark.Tuple)
		if ok := parsed[1] == starlark.None; ok != c.OK {
			t.Errorf("parse_marker(%q) = %v, want ok %v", c.In, parsed, c.OK)
		} else if !ok {
			return
		}
		for i, want := range c.Answers {
			environment := c.Odd
			if i < len(environments) {
				environment = environments[i]
			}
			answer := m.Call("evaluate_marker", parsed[0], Value(environment)).(starlark.Tuple)
			if got, defined := answer[0].(starlark.Bool); defined != (want != nil) || defined && bool(got) != *want {
				t.Errorf("%q in environment %d = %v, want %v", c.In, i, answer, want)
			}
		}
	})
}

func TestVersionsAsPackaging(t *testing.T) {
	m := Load(t, "//python/private:version.bzl")
	eachCase(t, "version", "version", func(c struct {
		In string
		OK bool
	}) {
		if got := m.Call("parse_version", starlark.String(c.In)); ascii(c.In) && (got != starlark.None) != c.OK {
			t.Errorf("parse_version(%q) = %v, want ok %v", c.In, got, c.OK)
		}
	})
}

func TestOrderAsPackaging(t *testing.T) {
	m := Load(t, "//python/private:version.bzl")
	key := func(text string) starlark.Value {
		k, err := m.Call("parse_version", starlark.String(text)).(starlark.HasAttrs).Attr("key")
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	eachCase(t, "version", "order", func(c struct {
		A, B  string
		Order int
	}) {
		less, err := starlark.Compare(syntax.LT, key(c.A), key(c.B))
		if err != nil {
			t.Fatal(err)
		}
		if equal, _ := starlark.Equal(key(c.A), key(c.B)); less != (c.Order < 0) || equal != (c.Order == 0) {
			t.Errorf("%s and %s: less %v, equal %v, want order %d", c.A, c.B, less, equal, c.Order)
		}
	})
}

func TestSpecifiersAsPackaging(t *testing.T) {
	m := Load(t, "//python/private:version.bzl")
	eachCase(t, "version", "specifiers", func(c struct {
		In       string
		OK       bool
		Versions []string
		Contains []bool
	}) {
		if !ascii(c.In) {
			return
		}
		var specifiers []starlark.Value
		ok := true
		for text := range strings.SplitSeq(c.In, ",") {
			if strings.TrimSpace(text) == "" {
				continue
			}
			specifier := m.Call("parse_specifier", starlark.String(text))
			ok = ok && specifier != starlark.None
			specifiers = append(specifiers, specifier)
		}
		if ok != c.OK {
			t.Errorf("parse_specifier of %q: ok is %v", c.In, ok)
			return
		}
		for i, version := range c.Versions {
			allowed := ok
			for _, specifier := range specifiers {
				allowed = allowed && bool(m.Call("specifier_allows", specifier, starlark.String(version)).(starlark.Bool))
			}
			if ok && allowed != c.Contains[i] {
				t.Errorf("%q allows %s: %v", c.In, version, allowed)
			}
		}
	})
}
