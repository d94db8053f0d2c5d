package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// row is one job: ours, and what others take for it.
type row struct {
	job   string
	ours  command
	peers []command
}

func (s *setup) rows() []row {
	var all []row
	for _, p := range []project{s.lambda(), s.science()} {
		all = append(all, s.zipRows(p)...)
	}
	all = append(all, s.selectRows()...)
	all = append(all, s.venvRows()...)
	return append(all, s.bazelRows()...)
}

// zip is our command for a project, with all that it needs in a store of its own.
func (s *setup) zip(p project, store string) string {
	sources := ""
	if strings.HasSuffix(p.dir, "lambda") {
		sources = " " + filepath.Join(p.dir, "src")
	}
	return fmt.Sprintf("%s zip -q --project %s --target %s --no-default-groups --offline --find-links %s --cache-dir %s -o %s%s",
		s.ofiuco, p.dir, p.target, p.wheels, s.dir(store), s.output(p, "ofiuco.zip"), sources)
}

func (s *setup) output(p project, name string) string { return p.dir + "-" + name }

func (s *setup) zipRows(p project) []row {
	name := filepath.Base(p.dir)
	out, tree := s.output(p, "ofiuco.zip"), s.output(p, "tree")
	uvInto := fmt.Sprintf("%s pip install -q --target %s --python-platform %s --python-version %s --no-deps --require-hashes --no-index --find-links %s -r %s",
		s.uv(), tree, p.uvPlatform, p.python, p.wheels, p.requirements)
	zipped := fmt.Sprintf("cd %s && zip -qr %s .", tree, s.output(p, "peer.zip"))
	clean := fmt.Sprintf("rm -rf %s %s", tree, s.output(p, "peer.zip"))
	uvCache := s.dir("uv-cache")
	platforms := ""
	for _, platform := range p.pipPlatforms {
		platforms += " --platform " + platform
	}
	pipInto := fmt.Sprintf("%s/python -m pip install -q --disable-pip-version-check --no-compile --only-binary :all: --implementation cp --python-version %s%s --target %s --no-deps --require-hashes --no-index --find-links %s -r %s",
		s.tools, p.python, platforms, tree, p.wheels, p.requirements)
	warm := s.zip(p, "store")
	fresh := fmt.Sprintf("rm -f %s", out)
	handler := filepath.Join(p.dir, "src", "handler.py")
	peers := []command{
		{name: "cp of the zip", line: fmt.Sprintf("cp %s %s", out, s.output(p, "copy.zip")), before: fmt.Sprintf("%s; rm -f %s", warm, s.output(p, "copy.zip"))},
		{name: "uv + zip -qr", line: uvInto + " && " + zipped, before: clean, env: []string{"UV_CACHE_DIR=" + uvCache}},
	}
	if name == "lambda" { // on science, a run of each takes minutes
		peers = append(peers,
			command{name: "pip + zip -qr", line: pipInto + " && " + zipped, before: clean},
			command{name: "pex", line: s.pex(p), before: "rm -f " + s.output(p, "peer.pex")})
	}
	rows := []row{
		{"zip, warm: " + name, command{name: "ofiuco", line: warm, before: fresh}, peers},
		{"zip, first use of downloaded wheels: " + name, command{name: "ofiuco", line: s.zip(p, "cold-store"), before: fmt.Sprintf("rm -rf %s %s", s.dir("cold-store"), out)}, []command{
			{name: "uv + zip -qr, empty cache", line: uvInto + " && " + zipped, before: fmt.Sprintf("%s; rm -rf %s", clean, s.dir("uv-cold")), env: []string{"UV_CACHE_DIR=" + s.dir("uv-cold")}},
		}},
		{"zip again, nothing changed: " + name, command{name: "ofiuco", line: warm, before: warm}, []command{
			{name: "uv sync --frozen, nothing to do", line: fmt.Sprintf("%s sync -q --frozen --no-dev --python %s/python", s.uv(), s.tools), dir: p.dir},
		}},
	}
	if name == "lambda" {
		rows = append(rows, row{"zip, one handler file changed: " + name,
			command{name: "ofiuco", line: warm, before: fmt.Sprintf("%s; echo \"# $(date +%%N)\" >> %s", warm, handler)},
			[]command{{name: "cp of the zip", line: fmt.Sprintf("cp %s %s", out, s.output(p, "copy.zip")), before: fmt.Sprintf("rm -f %s", s.output(p, "copy.zip"))}}})
	}
	return rows
}

func (s *setup) pex(p project) string {
	return fmt.Sprintf("%s/pex -r %s --no-transitive --no-pypi --find-links %s --complete-platform %s -o %s --pex-root %s",
		s.tools, p.requirements, p.wheels, s.output(p, "platform.json"), s.output(p, "peer.pex"), s.dir("pex-root"))
}

// twelve are three Pythons on four platforms.
func twelve() string {
	flags := ""
	for _, python := range []string{"cp311", "cp312", "cp313"} {
		for _, platform := range []string{"manylinux_2_28_x86_64", "manylinux_2_34_aarch64", "macosx_14_0_arm64", "win_amd64"} {
			flags += " --target " + python + "-" + platform
		}
	}
	return flags
}

// twelveLinux are four Pythons on three releases of glibc, all of which the big lock has wheels for.
func twelveLinux() string {
	flags := ""
	for _, python := range []string{"cp310", "cp311", "cp312", "cp313"} {
		for _, glibc := range []string{"17", "28", "34"} {
			flags += " --target " + python + "-manylinux_2_" + glibc + "_x86_64"
		}
	}
	return flags
}

func (s *setup) selectRows() []row {
	var rows []row
	for _, name := range []string{"web", "lambda", "science"} {
		dir := s.dir(name)
		export := command{name: "uv export --frozen", line: s.uv() + " export -q --frozen", dir: dir}
		one := command{name: "ofiuco", line: s.ofiuco + " select -q --target cp312-manylinux_2_28_x86_64 --project " + dir}
		rows = append(rows, row{"select, one target: " + name, one, []command{export}})
		if name == "web" { // the others do not allow all of the three Pythons
			rows = append(rows, row{"select, 12 targets: " + name, command{name: "ofiuco", line: s.ofiuco + " select -q --project " + dir + twelve()}, []command{export}})
		}
	}
	return append(rows,
		row{"select, 1,000 packages", command{name: "ofiuco", line: s.ofiuco + " select -q --target cp312-manylinux_2_28_x86_64 --project " + s.dir("big")},
			[]command{{name: "uv export --frozen", line: s.uv() + " export -q --frozen", dir: s.dir("big")}}},
		row{"check, 1,000 packages x 12 targets", command{name: "ofiuco", line: s.ofiuco + " check -q --project " + s.dir("big") + twelveLinux()},
			[]command{{name: "uv export --frozen", line: s.uv() + " export -q --frozen", dir: s.dir("big")}}})
}

// facts prints the sizes: the binary, and each zip against zip -9 of the very same files.
func (s *setup) facts(w io.Writer, only *regexp.Regexp) error {
	info, err := os.Stat(s.ofiuco)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "- binary: %.1f MB\n", float64(info.Size())/1e6)
	for _, p := range []project{s.lambda(), s.science()} {
		name := filepath.Base(p.dir)
		if !only.MatchString("bytes: " + name) {
			continue
		}
		out, again := s.output(p, "ofiuco.zip"), s.output(p, "zip9.zip")
		unpacked := s.output(p, "unpacked")
		line := fmt.Sprintf("rm -rf %[1]s %[2]s; %[4]s; mkdir %[1]s && cd %[1]s && unzip -q %[3]s && zip -9 -X -D -qr %[2]s .", unpacked, again, out, s.zip(p, "store"))
		if err := shell(s.work, line); err != nil {
			return err
		}
		ours, err := os.Stat(out)
		if err != nil {
			return err
		}
		theirs, err := os.Stat(again)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "- bytes of the %s zip: %d; `zip -9 -X -D` of the same files: %d; %.4f times\n",
			name, ours.Size(), theirs.Size(), float64(ours.Size())/float64(theirs.Size()))
	}
	return nil
}
