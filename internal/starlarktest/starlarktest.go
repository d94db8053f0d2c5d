// Package starlarktest runs the pure functions of the ruleset in bazel/ without Bazel. It is used by tests only.
package starlarktest

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.starlark.net/lib/json"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

// Root is the folder of the ruleset's module.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "bazel")
}

// Module is a loaded .bzl file.
type Module struct {
	t       testing.TB
	thread  *starlark.Thread
	Globals starlark.StringDict
}

// Load runs a file of the ruleset, named as a label of it: "//python/private:marker.bzl". It may load only files of the
// ruleset, and use what all of Bazel's .bzl files can: struct and json.
func Load(t testing.TB, label string) *Module {
	t.Helper()
	loaded := map[string]starlark.StringDict{}
	thread := &starlark.Thread{Name: t.Name()}
	thread.Load = func(thread *starlark.Thread, label string) (starlark.StringDict, error) {
		if globals, ok := loaded[label]; ok {
			return globals, nil
		}
		dir, name, found := strings.Cut(strings.TrimPrefix(label, "//"), ":")
		if !found || !strings.HasPrefix(label, "//") {
			return nil, fmt.Errorf("%q is no label of the ruleset", label)
		}
		predeclared := starlark.StringDict{
			"json":   json.Module,
			"struct": starlark.NewBuiltin("struct", starlarkstruct.Make),
		}
		globals, err := starlark.ExecFileOptions(&syntax.FileOptions{}, thread, filepath.Join(Root(), dir, name), nil, predeclared)
		loaded[label] = globals
		return globals, err
	}
	globals, err := thread.Load(thread, label)
	if err != nil {
		t.Fatalf("loading %s: %v", label, err)
	}
	return &Module{t: t, thread: thread, Globals: globals}
}

// Call calls a function of the module. The test fails where that does.
func (m *Module) Call(function string, args ...starlark.Value) starlark.Value {
	m.t.Helper()
	result, err := starlark.Call(m.thread, m.Globals[function], args, nil)
	if err != nil {
		m.t.Fatalf("%s%v: %v", function, starlark.Tuple(args), err)
	}
	return result
}

// Value is the Starlark form of what encoding/json decodes into an any.
func Value(v any) starlark.Value {
	switch v := v.(type) {
	case bool:
		return starlark.Bool(v)
	case string:
		return starlark.String(v)
	case []any:
		elements := make([]starlark.Value, len(v))
		for i, element := range v {
			elements[i] = Value(element)
		}
		return starlark.NewList(elements)
	case map[string]any:
		dict := starlark.NewDict(len(v))
		for key, value := range v {
			_ = dict.SetKey(starlark.String(key), Value(value)) // fails on a frozen dict only
		}
		return dict
	}
	return starlark.None
}
