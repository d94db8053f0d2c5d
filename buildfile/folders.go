package buildfile

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// folders are the BUILD files of packages, in the form of other rulesets: `@hub//name`, and `:pkg`, `:whl`, `:dist_info`
// and `:data` there. Those spell a name's "-" as "_", so that both have a folder.
func (h *hub) folders() []File {
	var files []File
	for _, named := range h.byName {
		if named[0].Project {
			continue
		}
		project := named[0].Name.String()
		files = append(files, File{project + "/BUILD.bazel", h.folder(named)})
		if spelling := strings.ReplaceAll(project, "-", "_"); spelling != project {
			files = append(files, File{spelling + "/BUILD.bazel", h.folderAlias(project, spelling)})
		}
	}
	return files
}

// outputGroups are the targets of a folder that are one output group of the package.
var outputGroups = []string{"data", "dist_info", "whl"}

func (h *hub) folder(named []*lock.Package) []byte {
	project := named[0].Name.String()
	var b bytes.Buffer
	b.WriteString(generated(h.lock))
	fmt.Fprintf(&b, "package(default_visibility = [%q])\n", public)
	for _, target := range slices.Compact([]string{project, "pkg"}) {
		call{"alias", []argument{{"name", text(target)}, {"actual", text("//:" + project)}}}.write(&b)
	}
	for _, group := range outputGroups {
		if group != project {
			call{"filegroup", []argument{{"name", text(group)}, {"srcs", list{"//:" + project}}, {"output_group", text(group)}}}.write(&b)
		}
	}
	for _, own := range h.ownText(named) {
		b.WriteString("\n" + strings.TrimSpace(own) + "\n")
	}
	return b.Bytes()
}

// folderAlias is the text of a folder whose targets are those of another spelling's.
func (h *hub) folderAlias(project, spelling string) []byte {
	var b bytes.Buffer
	b.WriteString(generated(h.lock))
	fmt.Fprintf(&b, "package(default_visibility = [%q])\n", public)
	actual := map[string]string{spelling: "//" + project}
	for _, target := range append([]string{"pkg"}, outputGroups...) {
		if target != spelling {
			actual[target] = "//" + project + ":" + target
		}
	}
	for _, target := range slices.Sorted(maps.Keys(actual)) {
		call{"alias", []argument{{"name", text(target)}, {"actual", text(actual[target])}}}.write(&b)
	}
	return b.Bytes()
}

// ownText is the BUILD text that the project has for the folder: of each version that with the longest prefix.
func (h *hub) ownText(named []*lock.Package) []string {
	var texts []string
	for _, p := range named {
		longest, found := "", false
		for prefix := range h.options.BuildFiles {
			if strings.HasPrefix(p.Name.String()+"-"+versionText(p), prefix) && (!found || len(prefix) > len(longest)) {
				longest, found = prefix, true
			}
		}
		if own := h.options.BuildFiles[longest]; found && !slices.Contains(texts, own) {
			texts = append(texts, own)
		}
	}
	return texts
}

// requirementsHead is the part of requirements.bzl that is the same for every lock.
const requirementsHead = `"""The packages of %[1]s, as rules_python's hubs name them."""

def _normalized(name):
    return "-".join([word for word in name.lower().replace("_", "-").replace(".", "-").split("-") if word])

def requirement(name):
    """The label of a package, "requests", or of one of its extras, "requests[socks]".

    Args:
      name: the package's name in any spelling.

    Returns:
      label, as text.
    """
    project, _, extra = name.replace(" ", "").partition("[")
    project = _normalized(project)
    if project not in _PACKAGES:
        fail("@%[2]s: %[1]s has no package %%s" %% name)
    if not extra:
        return str(Label("//" + project + ":pkg"))
    return str(Label("//:" + project + "[" + _normalized(extra.rstrip("]")) + "]"))
`

// requirements is the text of requirements.bzl.
func (h *hub) requirements() []byte {
	var names []name.Name
	for project, named := range h.byName {
		if !named[0].Project {
			names = append(names, project)
		}
	}
	slices.Sort(names)
	var b bytes.Buffer
	fmt.Fprintf(&b, requirementsHead, inDocstring(h.lock.Path), inDocstring(h.options.Hub))
	b.WriteString("\n_PACKAGES = {")
	writeItems(&b, names, "    %q: None,\n", "}\n")
	for _, all := range []struct{ name, target string }{
		{"all_data_requirements", "data"}, {"all_requirements", "pkg"}, {"all_whl_requirements", "whl"},
	} {
		fmt.Fprintf(&b, "\n%s = [str(Label(\"//\" + name + \":%s\")) for name in _PACKAGES]\n", all.name, all.target)
	}
	b.WriteString("\nall_whl_requirements_by_package = {name: str(Label(\"//\" + name + \":whl\")) for name in _PACKAGES}\n")
	return b.Bytes()
}

// inDocstring is a text that may stand in a string and in a format.
func inDocstring(text string) string {
	return strings.NewReplacer(`\`, "/", `"`, "'", "%", "").Replace(printable(text))
}

func writeItems(b *bytes.Buffer, names []name.Name, format, end string) {
	if len(names) > 0 {
		b.WriteByte('\n')
	}
	for _, n := range names {
		fmt.Fprintf(b, format, n)
	}
	b.WriteString(end)
}
