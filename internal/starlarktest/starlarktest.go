// Package starlarktest runs the pure functions of the ruleset in bazel/ without Bazel. It is used by tests only.
package starlarktest

import (
	"fmt"
	"maps"
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
	return newLoader(t, nil, nil).load(label)
}

// loader runs files, each once.
type loader struct {
	t           testing.TB
	thread      *starlark.Thread
	loaded      map[string]starlark.StringDict
	predeclared starlark.StringDict
}

// newLoader makes a loader whose files see more than struct and json, and may load modules of other repositories.
func newLoader(t testing.TB, predeclared starlark.StringDict, others map[string]starlark.StringDict) *loader {
	l := &loader{t: t, thread: &starlark.Thread{Name: t.Name()}, loaded: map[string]starlark.StringDict{}, predeclared: starlark.StringDict{
		"json":   json.Module,
		"struct": starlark.NewBuiltin("struct", starlarkstruct.Make),
	}}
	maps.Copy(l.loaded, others)
	maps.Copy(l.predeclared, predeclared)
	l.thread.Load = l.run
	return l
}

func (l *loader) load(label string) *Module {
	l.t.Helper()
	globals, err := l.run(l.thread, label)
	if err != nil {
		l.t.Fatalf("loading %s: %v", label, err)
	}
	return &Module{t: l.t, thread: l.thread, Globals: globals}
}

// run is the load of a thread. A label without a package is one of the package of the file that loads it.
func (l *loader) run(thread *starlark.Thread, label string) (starlark.StringDict, error) {
	if name, ok := strings.CutPrefix(label, ":"); ok && thread.CallStackDepth() > 0 {
		dir, err := filepath.Rel(Root(), filepath.Dir(thread.CallFrame(0).Pos.Filename()))
		if err != nil {
			return nil, err
		}
		label = "//" + filepath.ToSlash(dir) + ":" + name
	}
	if globals, ok := l.loaded[label]; ok {
		return globals, nil
	}
	dir, name, found := strings.Cut(strings.TrimPrefix(label, "//"), ":")
	if !found || !strings.HasPrefix(label, "//") {
		return nil, fmt.Errorf("%q is no label of the ruleset", label)
	}
	globals, err := starlark.ExecFileOptions(&syntax.FileOptions{}, thread, filepath.Join(Root(), dir, name), nil, l.predeclared)
	l.loaded[label] = globals
	return globals, err
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
