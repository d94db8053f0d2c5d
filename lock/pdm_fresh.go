package lock

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// pdmHint is what mends a pdm.lock.
const pdmHint = "run pdm lock"

// checkPDMFresh goes by the content_hash of a pdm.lock.
func checkPDMFresh(in Input) error {
	f, err := openTOML(in.Path, in.Data, pdmHint)
	if err != nil {
		return err
	}
	project, err := openTOML(in.PyprojectPath, in.Pyproject, "correct pyproject.toml, then write the lock anew")
	if err != nil {
		return err
	}
	locked := f.doc.Root().Table("metadata").Get("content_hash")
	text := locked.String()
	digest := pdmContentHash(project.doc.Root())
	switch {
	case f.stop():
		return f.err
	case project.stop():
		return project.err
	case digest == "":
		return uncomputable(in, locked.Line(), pdmHint)
	case text != "sha256:"+digest:
		return staleError(in, locked.Line(), pdmHint)
	}
	return nil
}

// pdmContentHash is the SHA-256 that PDM writes into the lock, of what pyproject.toml says of dependencies, as Python's
// json.dumps(…, sort_keys=True) writes it; "" where that is not sure: for values without JSON, and for groups that include others.
func pdmContentHash(root tomldoc.Table) string {
	project, settings := root.Table("project"), root.Table("tool").Table("pdm")
	groups := map[string][]string{}
	for _, table := range []tomldoc.Table{root.Table("dependency-groups"), settings.Table("dev-dependencies")} {
		for group, list := range table.All() {
			key := string(name.Normalize(group))
			if groups[key] == nil {
				groups[key] = []string{}
			}
			for item := range list.Items() {
				if item.Kind() != tomldoc.String {
					return ""
				}
				groups[key] = append(groups[key], pythonJSON(item))
			}
		}
	}
	lists := map[string]string{}
	for group, items := range groups {
		lists[group] = "[" + strings.Join(items, ", ") + "]"
	}
	content := map[string]string{"dev-dependencies": jsonObject(lists)}
	for key, part := range map[string]struct {
		value   tomldoc.Value
		missing string
	}{
		"sources":               {settings.Get("source"), "[]"},
		"dependencies":          {project.Get("dependencies"), "[]"},
		"optional-dependencies": {project.Get("optional-dependencies"), "{}"},
		"requires-python":       {project.Get("requires-python"), `""`},
		"resolution":            {settings.Get("resolution"), "{}"},
	} {
		if content[key] = part.missing; part.value.Present() {
			content[key] = pythonJSON(part.value)
		}
	}
	text := jsonObject(content)
	if strings.Contains(text, unwritable) {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
