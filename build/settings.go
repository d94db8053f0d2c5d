package build

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/requirement"
	"github.com/ofiuco/ofiuco/toolchain"
)

// Settings are a project's wishes for the build of one package: [tool.ofiuco.build.NAME] of pyproject.toml.
type Settings struct {
	Requires []string            `json:"requires"` // build requirements that the package forgot to name
	Env      map[string]string   `json:"env"`      // environment variables
	Config   map[string][]string `json:"config"`   // config_settings of its backend (PEP 517)
	Network  bool                `json:"network"`  // its build may use the network
}

// SettingsError is what is wrong in a table of settings, and where.
type SettingsError struct {
	Line int
	Msg  string
}

func (e *SettingsError) Error() string { return e.Msg }

// ReadSettings reads [tool.ofiuco.build].
func ReadSettings(doc *tomldoc.Document) (map[name.Name]Settings, error) {
	all := map[name.Name]Settings{}
	for key, value := range doc.Root().Table("tool").Table("ofiuco").Table("build").All() {
		n, err := name.Parse(key)
		if err != nil {
			return nil, &SettingsError{value.Line(), fmt.Sprintf("tool.ofiuco.build: %v", err)}
		}
		s, err := readSettings(n, value.Table())
		if err != nil {
			return nil, err
		}
		all[n] = s
	}
	return all, doc.Err()
}

func readSettings(n name.Name, t tomldoc.Table) (Settings, error) {
	s := Settings{Env: map[string]string{}, Config: map[string][]string{}, Network: t.Bool("network")}
	for v := range t.Get("requires").Items() {
		if _, err := requirement.Parse(v.String()); err != nil {
			return s, &SettingsError{v.Line(), fmt.Sprintf("tool.ofiuco.build.%s.requires: %v", n, err)}
		}
		s.Requires = append(s.Requires, v.String())
	}
	for key, v := range t.Table("env").All() {
		s.Env[key] = v.String()
	}
	for key, v := range t.Table("config-settings").All() {
		if v.Kind() == tomldoc.Array {
			for item := range v.Items() {
				s.Config[key] = append(s.Config[key], item.String())
			}
			continue
		}
		s.Config[key] = []string{v.String()}
	}
	for key, v := range t.All() {
		if !slices.Contains([]string{"requires", "env", "config-settings", "network"}, key) {
			return s, &SettingsError{v.Line(), fmt.Sprintf("tool.ofiuco.build.%s: there is no setting %q: requires, env, config-settings and network are", n, key)}
		}
	}
	return s, nil
}

// environ is Env as a list.
func (s Settings) environ() []string {
	var list []string
	for key, value := range s.Env {
		list = append(list, key+"="+value)
	}
	slices.Sort(list)
	return list
}

// config is Config over what the toolchain tells the backend.
func (s Settings) config(tools *toolchain.Toolchain, backend string) map[string][]string {
	module, _, _ := strings.Cut(backend, ":")
	all := map[string][]string{}
	maps.Copy(all, tools.Settings[module])
	maps.Copy(all, s.Config)
	return all
}
