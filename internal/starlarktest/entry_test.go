package starlarktest

import (
	"bytes"
	"encoding/json"
	"testing"

	starlarkjson "go.starlark.net/lib/json"
	"go.starlark.net/starlark"

	"github.com/ofiuco/ofiuco/buildfile"
	"github.com/ofiuco/ofiuco/lock"
)

// TestEntries reads the entries of rules that were written by hand as the actions do.
func TestEntries(t *testing.T) {
	m := Load(t, "//python/private:entry.bzl")
	const sum = "c1b2d8f46a8a812513012e1107cb0e68c17159a7a594208005a57dc776e1bdc7"
	for _, test := range []struct {
		name             string
		sources, indexes []any
		want             lock.Source
	}{
		{name: "the default index", want: lock.Source{}},
		{name: "another index", indexes: []any{"https://example.org/simple"}, want: lock.Source{Kind: lock.FromIndex, URL: "https://example.org/simple"}},
		{name: "a URL", sources: []any{"https://example.org/anyio-4.4.0-py3-none-any.whl"}, want: lock.Source{Kind: lock.FromURL, URL: "https://example.org/anyio-4.4.0-py3-none-any.whl"}},
	} {
		made := m.Call("entry_of", starlark.String("anyio==4.4.0"), Value(map[string]any{"anyio-4.4.0-py3-none-any.whl": "sha256:" + sum}),
			Value(append([]any{}, test.sources...)), Value(append([]any{}, test.indexes...)))
		text, err := starlark.Call(m.thread, starlarkjson.Module.Members["encode"], starlark.Tuple{made}, nil)
		if err != nil {
			t.Fatal(err)
		}
		encoded, _ := starlark.AsString(text)
		decoder := json.NewDecoder(bytes.NewReader([]byte(encoded)))
		decoder.DisallowUnknownFields()
		var entry buildfile.Entry
		if err := decoder.Decode(&entry); err != nil {
			t.Errorf("%s: %s: %v", test.name, encoded, err)
			continue
		}
		l, err := entry.Lock()
		if err != nil {
			t.Errorf("%s: %s: %v", test.name, encoded, err)
			continue
		}
		p := l.Packages[0]
		if p.Name != "anyio" || p.Version.String() != "4.4.0" || p.Source != test.want || len(p.Artifacts) != 1 || p.Artifacts[0].SHA256() != sum || p.Artifacts[0].Kind != lock.Wheel {
			t.Errorf("%s: %s reads as %+v", test.name, encoded, p)
		}
	}
}
