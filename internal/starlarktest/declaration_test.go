package starlarktest

import (
	"errors"
	"testing"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// declaration is what a .bzl file declares to Bazel: a rule, an attribute, a provider and so on, with the arguments it was declared
// by. Calling it declares something in turn, as a provider's instance.
type declaration struct {
	kind      string // the function's name, such as "rule" or "attr.label_list"
	arguments map[string]starlark.Value
}

func (d *declaration) String() string        { return "<" + d.kind + ">" }
func (d *declaration) Type() string          { return d.kind }
func (d *declaration) Freeze()               {}
func (d *declaration) Truth() starlark.Bool  { return true }
func (d *declaration) Hash() (uint32, error) { return 0, errors.New("a declaration is no key") }
func (d *declaration) Name() string          { return d.kind }

func (d *declaration) CallInternal(thread *starlark.Thread, _ starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return declare(d.kind+" instance", kwargs), nil
}

// text is an argument that is a string.
func (d *declaration) text(argument string) string {
	s, _ := starlark.AsString(orNone(d.arguments[argument]))
	return s
}

// dict is an argument that is a dict, with declarations as values.
func (d *declaration) dict(argument string) map[string]*declaration {
	all := map[string]*declaration{}
	if dict, ok := d.arguments[argument].(*starlark.Dict); ok {
		for key, value := range dict.Entries() {
			name, _ := starlark.AsString(key)
			all[name], _ = value.(*declaration)
		}
	}
	return all
}

func orNone(v starlark.Value) starlark.Value {
	if v == nil {
		return starlark.None
	}
	return v
}

func declare(kind string, kwargs []starlark.Tuple) *declaration {
	d := &declaration{kind: kind, arguments: map[string]starlark.Value{}}
	for _, pair := range kwargs {
		name, _ := starlark.AsString(pair[0])
		d.arguments[name] = pair[1]
	}
	return d
}

// declaring is a function of Bazel that declares.
func declaring(kind string) *starlark.Builtin {
	return starlark.NewBuiltin(kind, func(_ *starlark.Thread, _ *starlark.Builtin, _ starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		return declare(kind, kwargs), nil
	})
}

// declaringAll is a struct of such functions.
func declaringAll(module string, names ...string) starlark.Value {
	members := starlark.StringDict{}
	for _, name := range names {
		members[name] = declaring(module + "." + name)
	}
	return starlarkstruct.FromStringDict(starlarkstruct.Default, members)
}

// newRulesLoader runs the files that declare rules. It has as much of Bazel as these use while they are loaded.
func newRulesLoader(t testing.TB) *loader {
	predeclared := starlark.StringDict{
		"attr": declaringAll("attr", "bool", "int", "label", "label_keyed_string_dict", "label_list", "output", "string", "string_dict", "string_list", "string_list_dict"),
		"Label": starlark.NewBuiltin("Label", func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			var label string
			err := starlark.UnpackPositionalArgs(b.Name(), args, kwargs, 1, &label)
			return starlark.String(label), err
		}),
		"config":          declaringAll("config", "string"),
		"config_common":   declaringAll("config_common", "toolchain_type"),
		"platform_common": declaringAll("platform_common", "ConstraintValueInfo", "ToolchainInfo"),
	}
	for _, name := range []string{"aspect", "module_extension", "provider", "repository_rule", "rule", "tag_class", "transition"} {
		predeclared[name] = declaring(name)
	}
	for _, name := range []string{"DefaultInfo", "OutputGroupInfo", "depset", "native"} {
		predeclared[name] = declaring(name) // used by implementations only, which are not run
	}
	none := starlarkstruct.FromStringDict(starlarkstruct.Default, starlark.StringDict{
		"attrs": starlark.NewDict(0), "toolchains": starlark.NewList(nil), "info": declaring("CcInfo"),
	})
	return newLoader(t, predeclared, map[string]starlark.StringDict{
		"@ofiuco_config//:cc.bzl":     {"CC": none},
		"@ofiuco_config//:python.bzl": {"PY_INFOS": starlark.NewList(nil)},
	})
}
