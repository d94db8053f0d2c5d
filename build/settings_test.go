package build

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/buildlock"
	"github.com/ofiuco/ofiuco/internal/tomldoc"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/toolchain"
)

func settingsOf(t *testing.T, text string) (map[name.Name]Settings, error) {
	t.Helper()
	doc, err := tomldoc.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return ReadSettings(doc)
}

func TestReadSettings(t *testing.T) {
	got, err := settingsOf(t, `
[tool.ofiuco.build.Psycopg2]
requires = ["setuptools<81"]
env = { PG_CONFIG = "/opt/pg_config", A = "b c" }
config-settings = { one = "1", many = ["2", "3"] }
network = true
[tool.ofiuco.build.plain]
`)
	want := map[name.Name]Settings{
		"psycopg2": {
			Requires: []string{"setuptools<81"}, Env: map[string]string{"PG_CONFIG": "/opt/pg_config", "A": "b c"},
			Config: map[string][]string{"one": {"1"}, "many": {"2", "3"}}, Network: true,
		},
		"plain": {Env: map[string]string{}, Config: map[string][]string{}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	if list := got["psycopg2"].environ(); !reflect.DeepEqual(list, []string{"A=b c", "PG_CONFIG=/opt/pg_config"}) {
		t.Errorf("the variables are %q", list)
	}
	tools := &toolchain.Toolchain{Settings: map[string]map[string][]string{"mesonpy": {"setup-args": {"--cross"}, "one": {"0"}}}}
	if config := got["psycopg2"].config(tools, "mesonpy:x"); !reflect.DeepEqual(config, map[string][]string{"setup-args": {"--cross"}, "one": {"1"}, "many": {"2", "3"}}) {
		t.Errorf("the settings are %q", config)
	}
}

func TestReadSettingsRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"[tool.ofiuco.build.x]\nrequire = []":                  `there is no setting "require"`,
		"[tool.ofiuco.build.x]\nrequires = [\"a b\"]":          "tool.ofiuco.build.x.requires",
		"[tool.ofiuco.build.x]\nrequires = \"setuptools\"":     "requires",
		"[tool.ofiuco.build.x]\nnetwork = \"yes\"":             "network",
		"[tool.ofiuco.build.x]\nenv = { A = 1 }":               "env",
		"[tool.ofiuco.build.\"../x\"]\nnetwork = true":         "tool.ofiuco.build",
		"[tool.ofiuco.build]\nx = 1":                           "build",
		"[tool.ofiuco.build.x]\nconfig-settings = { a = [1] }": "config-settings",
	} {
		if got, err := settingsOf(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %+v, %v; want an error with %q", text, got, err, want)
		}
	}
}

func TestRelativePathsInTheBuildLock(t *testing.T) {
	dir := t.TempDir()
	j := &job{Builder: New(Options{Dir: dir})}
	for path, want := range map[string]string{
		".": ".", "libs/x": "./libs/x", "./libs/../y": "./y", "../z": "../z", dir: ".", filepath.Join(dir, "libs", "x"): "./libs/x",
	} {
		if got := j.relative(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestFrozenLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ofiuco.build.lock")
	file, err := OpenLock(path, true)
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := file.Save(); changed || err != nil {
		t.Errorf("an empty lock was written: %v", err)
	}
	var wrong *lock.Error
	at, err := target.Parse("cp312-manylinux_2_28_x86_64")
	if err != nil {
		t.Fatal(err)
	}
	key := buildlock.Key{Target: at, Package: "x 1.0", Requirements: []string{"setuptools"}}
	if !errors.As(file.mayChange(key), &wrong) || !strings.Contains(wrong.Hint, "without --frozen") {
		t.Errorf("a frozen lock may change: %v", wrong)
	}
	file.Frozen = false
	if err := file.mayChange(key); err != nil {
		t.Error(err)
	}
}
