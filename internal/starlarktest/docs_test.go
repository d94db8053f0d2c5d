package starlarktest

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

const docsHead = `# The rules' reference

Written from the .bzl files' own documentation; ` + "`make docs`" + ` writes it anew. How they are used together is in [bazel.md](bazel.md).

Every rule also has Bazel's common attributes, ` + "`name`, `tags`, `visibility`" + ` and so on.
`

// documented are the files that users load, by folders; the others are reached through them.
var documented = []string{"python/*.bzl", "lib/*.bzl", "ofiuco/extensions.bzl", "ofiuco/toolchain.bzl", "python/private/providers.bzl"}

// TestDocs holds docs/bazel-api.md against what the .bzl files say of themselves, and each of them to say something.
func TestDocs(t *testing.T) {
	d := &docs{t: t, seen: map[starlark.Value]string{}}
	d.text.WriteString(docsHead)
	l := newRulesLoader(t)
	for _, pattern := range documented {
		paths, err := filepath.Glob(filepath.Join(Root(), filepath.FromSlash(pattern)))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
		}
		for _, path := range paths {
			relative, err := filepath.Rel(Root(), path)
			if err != nil {
				t.Fatal(err)
			}
			label := "//" + filepath.ToSlash(filepath.Dir(relative)) + ":" + filepath.Base(path)
			d.file(label, path, l.load(label).Globals)
		}
	}
	golden := filepath.Join("..", "..", "docs", "bazel-api.md")
	if os.Getenv("UPDATE_GOLDENS") != "" {
		if err := os.WriteFile(golden, []byte(d.text.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || string(want) != d.text.String() {
		t.Errorf("docs/bazel-api.md is not what the .bzl files say: run `make docs` (%v)", err)
	}
}

// docs writes the reference.
type docs struct {
	t    *testing.T
	text strings.Builder
	seen map[starlark.Value]string // where a rule or function is described
}

func (d *docs) printf(format string, args ...any) { fmt.Fprintf(&d.text, format, args...) }

// said is a description, of which there must be one.
func (d *docs) said(of, text string) string {
	if text = strings.TrimSpace(text); text == "" {
		d.t.Errorf("%s says nothing of itself", of)
	}
	return text
}

func (d *docs) file(label, path string, globals starlark.StringDict) {
	d.printf("\n## @ofiuco%s\n\n%s\n", label, d.said(label, moduleDoc(d.t, path)))
	for _, name := range slices.Sorted(maps.Keys(globals)) {
		if strings.HasPrefix(name, "_") || strings.ToUpper(name) == name {
			continue
		}
		if group, ok := globals[name].(*starlarkstruct.Struct); ok {
			for _, field := range group.AttrNames() {
				value, err := group.Attr(field)
				if err != nil {
					d.t.Fatal(err)
				}
				d.member(label, name+"."+field, value)
			}
			continue
		}
		d.member(label, name, globals[name])
	}
}

// moduleDoc is the text that a file begins with.
func moduleDoc(t *testing.T, path string) string {
	t.Helper()
	f, err := syntax.Parse(path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	if statement, ok := f.Stmts[0].(*syntax.ExprStmt); ok {
		if literal, ok := statement.X.(*syntax.Literal); ok {
			text, _ := literal.Value.(string)
			return indentedCode(text)
		}
	}
	return ""
}

// indentedCode is a text whose lines by four spaces, an example, are marked as Starlark.
func indentedCode(text string) string {
	var lines []string
	code := false
	for _, line := range strings.Split(text, "\n") {
		inCode, is := strings.CutPrefix(line, "    ")
		if is && !code {
			lines = append(lines, "```starlark")
		} else if code && !is {
			lines = append(lines, "```")
		}
		if code = is; is {
			line = inCode
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func (d *docs) member(label, name string, value starlark.Value) {
	d.printf("\n### %s\n\n", name)
	if where, ok := d.seen[value]; ok {
		d.printf("The same as %s.\n", where)
		return
	}
	d.seen[value] = fmt.Sprintf("`%s` of @ofiuco%s", name, label)
	switch value := value.(type) {
	case *starlark.Function:
		d.function(name, value)
	case *declaration:
		d.declaration(name, value)
	default:
		d.t.Errorf("%s %s is a %s, which has no description", label, name, value.Type())
	}
}

func (d *docs) declaration(name string, of *declaration) {
	d.printf("%s\n", d.said(name, of.text("doc")))
	switch of.kind {
	case "provider":
		if fields, ok := of.arguments["fields"].(*starlark.Dict); ok {
			d.printf("\n| field | what it is |\n|---|---|\n")
			for _, item := range fields.Items() {
				field, _ := starlark.AsString(item[0])
				text, _ := starlark.AsString(item[1])
				d.printf("| `%s` | %s |\n", field, cell(d.said(name+"."+field, text)))
			}
		}
	case "module_extension":
		classes := of.dict("tag_classes")
		for _, class := range slices.Sorted(maps.Keys(classes)) {
			d.printf("\n`%s.%s(…)`: %s\n", name, class, d.said(name+"."+class, classes[class].text("doc")))
			d.attributes(name+"."+class, classes[class])
		}
	default:
		d.attributes(name, of)
	}
}

func (d *docs) attributes(name string, of *declaration) {
	attributes := of.dict("attrs")
	maps.DeleteFunc(attributes, func(attribute string, _ *declaration) bool { return strings.HasPrefix(attribute, "_") })
	if len(attributes) == 0 {
		return
	}
	d.printf("\n| attribute | type | default | what it is |\n|---|---|---|---|\n")
	for _, attribute := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[attribute]
		kind := strings.TrimPrefix(a.kind, "attr.")
		d.printf("| `%s` | %s | %s | %s |\n", attribute, strings.ReplaceAll(kind, "_", " "), cell(a.defaultValue()), cell(d.said(name+"."+attribute, a.text("doc"))))
	}
}

// defaults are those of attributes that name none.
var defaults = map[string]string{
	"bool": "`False`", "int": "`0`", "label": "none", "string": "`\"\"`",
	"label_list": "`[]`", "string_list": "`[]`", "string_dict": "`{}`", "string_list_dict": "`{}`", "label_keyed_string_dict": "`{}`",
}

func (d *declaration) defaultValue() string {
	if d.arguments["mandatory"] == starlark.True {
		return "required"
	}
	if value := orNone(d.arguments["default"]); value != starlark.None {
		return "`" + value.String() + "`"
	}
	return defaults[strings.TrimPrefix(d.kind, "attr.")]
}

// cell is a text in a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}

// function writes the description of a function, whose documentation has the sections Args and Returns.
func (d *docs) function(name string, f *starlark.Function) {
	var parameters []string
	for i := range f.NumParams() {
		parameter, _ := f.Param(i)
		switch value := f.ParamDefault(i); {
		case f.HasKwargs() && i == f.NumParams()-1:
			parameter = "**" + parameter
		case value != nil:
			parameter += " = " + value.String()
		}
		parameters = append(parameters, parameter)
	}
	d.printf("`%s(%s)`\n\n", name, strings.Join(parameters, ", "))
	about, rest, _ := strings.Cut(f.Doc(), "\nArgs:\n")
	if before, after, found := strings.Cut(f.Doc(), "\n    Args:\n"); found {
		about, rest = before, after
	}
	arguments, returns, _ := strings.Cut(rest, "Returns:\n")
	d.printf("%s\n", dedent(d.said(name, about)))
	if arguments = dedent(arguments); arguments != "" {
		d.printf("\n| argument | what it is |\n|---|---|\n")
		for _, argument := range paragraphs(arguments) {
			parameter, text, _ := strings.Cut(argument, ": ")
			d.printf("| `%s` | %s |\n", parameter, cell(d.said(name+" "+parameter, text)))
		}
	}
	if returns = dedent(returns); returns != "" {
		d.printf("\nReturns %s\n", strings.Join(strings.Fields(returns), " "))
	}
}

// dedent takes off the indent that a text's lines share, but for its first one.
func dedent(text string) string {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	indent := -1
	for i, line := range lines {
		if n := len(line) - len(strings.TrimLeft(line, " ")); strings.TrimSpace(line) != "" && (i > 0 || n > 0) && (indent < 0 || n < indent) {
			indent = n
		}
	}
	for i, line := range lines {
		lines[i] = line[min(max(indent, 0), len(line)-len(strings.TrimLeft(line, " "))):]
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// paragraphs are the lines of a text, each with the indented ones after it.
func paragraphs(text string) []string {
	var all []string
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, " ") && len(all) > 0 {
			all[len(all)-1] += " " + strings.TrimSpace(line)
		} else if line != "" {
			all = append(all, line)
		}
	}
	return all
}
