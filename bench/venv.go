package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ofiuco/ofiuco/interpreter"
)

// venvProjects are the projects whose environments are made, for this machine.
func (s *setup) venvProjects() []project {
	var all []project
	for _, name := range []string{"web", "science", "torch"} {
		all = append(all, project{
			dir: s.dir(name), target: s.host, python: "3.12",
			requirements: s.dir(name + "/host-requirements.txt"), wheels: s.dir(name + "-host-wheels"),
		})
	}
	return all
}

// findPython finds a Python 3.12, by path, so that no command has to look for it, and this machine as a target of it.
func (s *setup) findPython() error {
	info, err := (&interpreter.Finder{Getenv: os.Getenv}).Find(context.Background(), "3.12", nil)
	if err != nil {
		return err
	}
	t, err := info.Target()
	s.python, s.host = info.BaseExecutable, t.String()
	return err
}

// venv is our command for a project's environment in out.
func (s *setup) venv(p project, store, out, flags string) string {
	return fmt.Sprintf("%s venv -q --project %s --python %s --no-default-groups --offline --find-links %s --cache-dir %s %s %s",
		s.ofiuco, p.dir, s.python, p.wheels, s.dir(store), flags, out)
}

// uvSync is uv's, with what it needs in a cache of its own.
func (s *setup) uvSync(p project, name, out, flags string) command {
	return command{
		name: name, dir: p.dir, line: fmt.Sprintf("%s sync -q --frozen --no-dev --python %s %s", s.uv(), s.python, flags),
		env: []string{"UV_CACHE_DIR=" + s.dir("uv-sync-cache"), "UV_PROJECT_ENVIRONMENT=" + out},
	}
}

func (s *setup) venvRows() []row {
	var rows []row
	for _, p := range s.venvProjects() {
		rows = append(rows, s.warmRows(p)...)
		rows = append(rows, s.unpackRow(p), s.idleRow(p))
	}
	return rows
}

// warmRows make environments of what the store and the caches hold already.
func (s *setup) warmRows(p project) []row {
	name := filepath.Base(p.dir)
	ours, theirs := s.output(p, "venv"), s.output(p, "uv-venv")
	clean, uvClean := "rm -rf "+ours, "rm -rf "+theirs
	var rows []row
	for _, mode := range []struct{ name, ours, theirs string }{
		{"default", "", ""}, {"hardlink", "--link-mode hardlink", ""}, {"copy", "--link-mode copy", "--link-mode copy"},
	} {
		if name == "torch" && mode.name == "copy" {
			continue // 4.5 GB a run
		}
		peer := s.uvSync(p, strings.TrimSpace("uv sync --frozen "+mode.theirs), theirs, mode.theirs)
		peer.before = uvClean
		peers := []command{peer}
		if mode.name == "default" && name == "web" {
			peers = append(peers, s.pipInstall(p), s.poetryInstall(p))
		}
		rows = append(rows, row{"venv, warm, " + mode.name + ": " + name,
			command{name: "ofiuco", line: s.venv(p, "store", ours, mode.ours), before: clean}, peers})
	}
	return rows
}

// pipInstall is pip's command for what is in the lock, from the downloaded wheels.
func (s *setup) pipInstall(p project) command {
	out := s.output(p, "pip-venv")
	return command{
		name: "pip install --no-compile", before: fmt.Sprintf("rm -rf %s; %s -m venv %s", out, s.python, out),
		line: fmt.Sprintf("%s/bin/python -m pip install -q --disable-pip-version-check --no-compile --no-deps --require-hashes --no-index --find-links %s -r %s", out, p.wheels, p.requirements),
	}
}

// poetryInstall is Poetry's command for a lock of its own of the same project, made when there is none yet. Its wheels are
// in its cache after the run that does not count.
func (s *setup) poetryInstall(p project) command {
	dir, out, poetry := p.dir+"-poetry", s.output(p, "poetry-venv"), filepath.Join(s.tools, "poetry")
	// By a named source, since Poetry asks PyPI by an API of its own, which a mirror may lack.
	lock := fmt.Sprintf("[ -e %[1]s/poetry.lock ] || { mkdir -p %[1]s && cp %[2]s/pyproject.toml %[1]s/ && "+
		"%[3]s -q -C %[1]s source add --priority primary index ${PIP_INDEX_URL:-https://pypi.org/simple} && %[3]s -q -C %[1]s lock; }", dir, p.dir, poetry)
	return command{
		name: "poetry install --no-root", before: fmt.Sprintf("%s; rm -rf %s; %s -m venv --without-pip %s", lock, out, s.python, out),
		line: fmt.Sprintf("%s -q -C %s install --no-root --only main", poetry, dir),
		env:  []string{"POETRY_CACHE_DIR=" + s.dir("poetry-cache"), "VIRTUAL_ENV=" + out},
	}
}

// unpackRow makes an environment of downloaded wheels of which nothing is unpacked or checked yet.
func (s *setup) unpackRow(p project) row {
	name := filepath.Base(p.dir)
	ours, theirs := s.output(p, "venv"), s.output(p, "uv-venv")
	install := fmt.Sprintf("%s venv -q --python %s %s && %s pip sync -q --python %s --no-index --find-links %s --require-hashes %s",
		s.uv(), s.python, theirs, s.uv(), theirs, p.wheels, p.requirements)
	return row{"venv, nothing unpacked yet: " + name,
		command{name: "ofiuco", line: s.venv(p, "fetched", ours, ""), before: fmt.Sprintf("chmod -R u+w %[1]s/u; rm -rf %[1]s/u %[1]s/checked %[2]s", s.dir("fetched"), ours)},
		[]command{{name: "uv venv; uv pip sync, empty cache", line: install, before: fmt.Sprintf("rm -rf %s %s", s.dir("uv-cold"), theirs), env: []string{"UV_CACHE_DIR=" + s.dir("uv-cold")}}}}
}

// idleRow has nothing to do.
func (s *setup) idleRow(p project) row {
	ours, theirs := s.output(p, "venv"), s.output(p, "uv-venv")
	peer := s.uvSync(p, "uv sync --frozen, nothing to do", theirs, "")
	line := s.venv(p, "store", ours, "")
	return row{"venv again, nothing changed: " + filepath.Base(p.dir), command{name: "ofiuco", line: line}, []command{peer}}
}
