package starlarktest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// newProvidersLoader runs files whose implementations are called: a provider makes structs, and is a key of targets.
func newProvidersLoader(t testing.TB, infos ...starlark.Value) *loader {
	l := newRulesLoader(t)
	l.predeclared["provider"] = starlark.NewBuiltin("provider", func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
		return newProvider(), nil
	})
	l.predeclared["DefaultInfo"] = newProvider()
	l.predeclared["depset"] = starlark.NewBuiltin("depset", makeDepset)
	l.loaded["@ofiuco_config//:python.bzl"] = starlark.StringDict{"PY_INFOS": starlark.NewList(infos)}
	return l
}

func newProvider() starlark.Value {
	return starlark.NewBuiltin("provider instance", func(_ *starlark.Thread, _ *starlark.Builtin, _ starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		return starlarkstruct.FromKeywords(starlarkstruct.Default, kwargs), nil
	})
}

// makeDepset is a depset that does not leave out what comes twice.
func makeDepset(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var direct, transitive *starlark.List
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "direct?", &direct, "transitive?", &transitive); err != nil {
		return nil, err
	}
	var all []starlark.Value
	for element := range elements(direct) {
		all = append(all, element)
	}
	for one := range elements(transitive) {
		list, err := starlark.Call(thread, member(one, "to_list"), nil, nil)
		if err != nil {
			return nil, err
		}
		for element := range elements(list.(*starlark.List)) {
			all = append(all, element)
		}
	}
	return depsetOf(all...), nil
}

func elements(list *starlark.List) func(func(starlark.Value) bool) {
	if list == nil {
		return func(func(starlark.Value) bool) {}
	}
	return list.Elements()
}

func depsetOf(elements ...starlark.Value) starlark.Value {
	toList := func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
		return starlark.NewList(elements), nil
	}
	return object("to_list", starlark.NewBuiltin("to_list", toList))
}

// object is a struct of names and their values.
func object(namesAndValues ...any) *starlarkstruct.Struct {
	members := starlark.StringDict{}
	for i := 0; i < len(namesAndValues); i += 2 {
		value, ok := namesAndValues[i+1].(starlark.Value)
		if !ok {
			value = Value(namesAndValues[i+1])
		}
		members[namesAndValues[i].(string)] = value
	}
	return starlarkstruct.FromStringDict(starlarkstruct.Default, members)
}

func member(v starlark.Value, name string) starlark.Value {
	value, _ := v.(starlark.HasAttrs).Attr(name)
	return value
}

// bazelTarget is a target of Bazel: its providers, by which it is indexed, and its label.
type bazelTarget struct {
	*starlark.Dict
	label string
}

func newTarget(label string, providersAndInfos ...starlark.Value) bazelTarget {
	dict := starlark.NewDict(0)
	for i := 0; i < len(providersAndInfos); i += 2 {
		_ = dict.SetKey(providersAndInfos[i], providersAndInfos[i+1]) // providers can be keys
	}
	return bazelTarget{dict, label}
}

func (t bazelTarget) Type() string { return "Target" }

func (t bazelTarget) Attr(name string) (starlark.Value, error) {
	if name == "label" {
		return starlark.String(t.label), nil
	}
	return nil, nil
}

// TestImports finds the entries of sys.path of targets of either kind of rules, also those that rules_python has as links.
func TestImports(t *testing.T) {
	rules, builtIn := newProvider(), newProvider()
	m := newProvidersLoader(t, rules, builtIn).load("//python/private:py_info.bzl")
	link := func(kind, path, to string) starlark.Value {
		return object("kind", kind, "venv_path", path, "link_to_path", to)
	}
	targets := starlark.NewList([]starlark.Value{
		newTarget("//:native", builtIn, object("imports", depsetOf(starlark.String("main/native")))),
		newTarget("//:cc"),
		newTarget("//:linked", rules, object("imports", depsetOf(), "venv_symlinks", depsetOf(
			link("LIB", "a/b", "main/lib/a/b"), link("LIB", "c.py", "main/lib/c.py"), link("BIN", "tool", "main/bin/tool"), link("LIB", "d", "main/other"),
		))),
		newTarget("//:both", builtIn, object("imports", depsetOf(starlark.String("no"))), rules, object("imports", depsetOf(starlark.String("main/both")))),
	})
	got, err := starlark.Call(m.thread, member(m.Call("imports_of", targets, starlark.NewList([]starlark.Value{starlark.String("own")})), "to_list"), nil, nil)
	if want := `["own", "main/lib", "main/native", "main/both"]`; err != nil || got.String() != want {
		t.Errorf("got %v, %v, want %s", got, err, want)
	}
}

// TestProgram finds the program that a target is: what it runs, and whose configuration counts.
func TestProgram(t *testing.T) {
	pyInfo := newProvider()
	l := newProvidersLoader(t, pyInfo)
	m := l.load("//lib/private:packages_aspect.bzl")
	contents, defaults := m.Globals["OfiucoContentsInfo"], l.predeclared["DefaultInfo"]
	environments := l.load("//python/private:providers.bzl").Globals["OfiucoEnvironmentInfo"]
	file := func(name string) starlark.Value { return object("basename", name) }
	files := func(names ...string) starlark.Value {
		list := starlark.NewList(nil)
		for _, name := range names {
			_ = list.Append(file(name)) // it is not frozen
		}
		return list
	}
	program := object("label", "//:inner", "main", file("inner.py"), "module", "")
	inner := newTarget("//:inner", contents, object("environment", "inner's", "packages", depsetOf(), "program", program))
	for _, test := range []struct {
		what, kind  string
		attr, files *starlarkstruct.Struct
		executable  bool
		want        string
	}{
		{"a named file", "py_binary", object(), object("main", files("main.py"), "srcs", files("a.py", "main.py")), true, "//:a main.py  own"},
		{"the file of its name", "py_test", object(), object("srcs", files("b.py", "a.py")), true, "//:a a.py  own"},
		{"the only file", "py_binary", object(), object("srcs", files("b.py")), true, "//:a b.py  own"},
		{"a module", "py_binary", object("main_module", "pkg.cli"), object("srcs", files("a.py")), true, "//:a - pkg.cli own"},
		{"an own rule", "fancy_binary", object("main_module", ""), object("srcs", files("a.py")), true, "//:a a.py  own"},
		{"a stand-in", "transition_binary", object("target", inner), object("srcs", files("a.py")), true, "//:inner inner.py  inner's"},
		{"a stand-in with a transition", "transition_binary", object("binary", starlark.NewList([]starlark.Value{inner})), object(), true, "//:inner inner.py  inner's"},
		{"a library", "py_library", object(), object("srcs", files("a.py")), false, "none own"},
	} {
		t.Run(strings.ReplaceAll(test.what, " ", "-"), func(t *testing.T) {
			var executable starlark.Value = starlark.None
			if test.executable {
				executable = file("a")
			}
			attr := starlark.StringDict{}
			test.attr.ToStringDict(attr)
			attr["name"] = starlark.String("pkg/a")
			ctx := object(
				"attr", object("_environment", newTarget("//:environment", environments, starlark.String("own"))),
				"rule", object("kind", test.kind, "attr", starlarkstruct.FromStringDict(starlarkstruct.Default, attr), "files", test.files),
			)
			of := newTarget("//:a", pyInfo, object(), defaults, object("files_to_run", object("executable", executable)))
			got, err := describe(m.Call("_packages_aspect_impl", of, ctx))
			if err != nil || got != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

// describe writes what the aspect says of a program.
func describe(providers starlark.Value) (string, error) {
	list, ok := providers.(*starlark.List)
	if !ok || list.Len() != 1 {
		return "", errors.New("it gave other than one provider")
	}
	environment, _ := starlark.AsString(member(list.Index(0), "environment"))
	program := member(list.Index(0), "program")
	if program == starlark.None {
		return "none " + environment, nil
	}
	main := "-"
	if file := member(program, "main"); file != starlark.None {
		main, _ = starlark.AsString(member(file, "basename"))
	}
	label, _ := starlark.AsString(member(program, "label"))
	module, _ := starlark.AsString(member(program, "module"))
	return fmt.Sprintf("%s %s %s %s", label, main, module, environment), nil
}
