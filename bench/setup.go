package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/ofiuco/ofiuco/target"
)

// lockedOn fixes what the locks of the benchmark hold, whenever they are made.
const lockedOn = "2026-11-01"

// setup is a prepared work folder: the binary, and for each project a lock, its requirements and all wheels.
type setup struct {
	root                string // the repository
	work, ofiuco, tools string
	python, host        string // a Python 3.12, and this machine as a target of it
}

// project is one project of bench/projects, locked for one target.
type project struct {
	dir          string // a copy with uv.lock
	target       string // for ofiuco
	uvPlatform   string
	pipPlatforms []string
	python       string
	requirements string // the packages of the target without its dev group, pinned and hashed
	wheels       string // folder with the wheels of the target
}

// prepare makes the work folder. The environments' wheels are many, so that those are fetched only of projects that a row is asked of.
func prepare(work string, only *regexp.Regexp) (*setup, error) {
	root, err := repositoryRoot()
	if err != nil {
		return nil, err
	}
	s := &setup{root: root, work: work, ofiuco: filepath.Join(work, "ofiuco"), tools: filepath.Join(root, ".tools", "venv", "bin")}
	if dir := os.Getenv("OFIUCO_TOOLS"); dir != "" {
		s.tools = filepath.Join(dir, "venv", "bin")
	}
	if _, err := os.Stat(filepath.Join(s.tools, "uv")); err != nil {
		return nil, fmt.Errorf("%w: run tools/install.sh first", err)
	}
	build := fmt.Sprintf("CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o %s ./cmd/ofiuco", s.ofiuco)
	if err := shell(root, build); err != nil {
		return nil, err
	}
	if err := s.findPython(); err != nil {
		return nil, err
	}
	for _, name := range []string{"lambda", "science", "web", "torch"} {
		if err := s.lock(filepath.Join(root, "bench", "projects", name), name); err != nil {
			return nil, err
		}
	}
	// The function's own code is the example's.
	if err := shell(root, fmt.Sprintf("cp -r examples/lambda-arm64/src %s/", s.dir("lambda"))); err != nil {
		return nil, err
	}
	for _, p := range []project{s.lambda(), s.science()} {
		if err := s.wheels(p); err != nil {
			return nil, err
		}
		if err := s.completePlatform(p); err != nil {
			return nil, err
		}
	}
	for _, p := range s.venvProjects() {
		if name := filepath.Base(p.dir); only.MatchString("venv, warm, default: "+name) || only.MatchString("venv, nothing unpacked yet: "+name) {
			if err := s.wheels(p); err != nil {
				return nil, err
			}
		}
	}
	if err := s.bigLock(); err != nil {
		return nil, err
	}
	return s, s.prepareBazel(only)
}

func repositoryRoot() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("finding the repository: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

func shell(dir, line string) error {
	_, _, err := command{name: "preparing", line: "set -e -o pipefail; " + line, dir: dir}.run()
	return err
}

func (s *setup) dir(name string) string { return filepath.Join(s.work, name) }

func (s *setup) uv() string { return filepath.Join(s.tools, "uv") }

func (s *setup) lambda() project {
	return project{
		dir: s.dir("lambda"), target: "cp312-manylinux_2_28_aarch64", uvPlatform: "aarch64-manylinux_2_28", python: "3.12",
		pipPlatforms: []string{"manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux2014_aarch64", "manylinux_2_17_aarch64"},
		requirements: s.dir("lambda/requirements.txt"), wheels: s.dir("lambda-wheels"),
	}
}

func (s *setup) science() project {
	return project{
		dir: s.dir("science"), target: "cp312-manylinux_2_28_x86_64", uvPlatform: "x86_64-manylinux_2_28", python: "3.12",
		pipPlatforms: []string{"manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_26_x86_64", "manylinux_2_24_x86_64", "manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_12_x86_64", "manylinux2010_x86_64", "manylinux_2_5_x86_64", "manylinux1_x86_64"},
		requirements: s.dir("science/requirements.txt"), wheels: s.dir("science-wheels"),
	}
}

// lock copies a project and locks it as of lockedOn.
func (s *setup) lock(from, name string) error {
	dir := s.dir(name)
	if _, err := os.Stat(filepath.Join(dir, "uv.lock")); err == nil {
		return nil
	}
	line := fmt.Sprintf("mkdir -p %[1]s && cp -r %[2]s/. %[1]s/ && cd %[1]s && %[3]s lock -q --exclude-newer %[4]s", dir, from, s.uv(), lockedOn)
	return shell(s.work, line)
}

// wheels brings the wheels of the target into a folder, under their own names, and writes the requirements that
// name just these: pip evaluates markers for the Python it runs on, so that the list must have none.
func (s *setup) wheels(p project) error {
	if _, err := os.Stat(p.requirements); err == nil {
		return nil
	}
	cmd := exec.Command(s.ofiuco, "fetch", "--json", "--project", p.dir, "--target", p.target, "--no-default-groups", "--cache-dir", s.dir("fetched"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("fetching the wheels: %w", err)
	}
	var files []struct{ Name, Version, Filename, SHA256, Path string }
	if err := json.Unmarshal(out, &files); err != nil {
		return err
	}
	if err := os.MkdirAll(p.wheels, 0o777); err != nil {
		return err
	}
	var requirements bytes.Buffer
	for _, f := range files {
		path := filepath.Join(p.wheels, f.Filename)
		if err := os.Link(f.Path, path); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		fmt.Fprintf(&requirements, "%s==%s --hash=sha256:%s\n", f.Name, f.Version, f.SHA256)
	}
	return os.WriteFile(p.requirements, requirements.Bytes(), 0o666)
}

// completePlatform writes the target as pex wants to know it.
func (s *setup) completePlatform(p project) error {
	t, err := target.Parse(p.target)
	if err != nil {
		return err
	}
	env := t.Environment()
	tags := []string{}
	for _, tag := range t.Tags() {
		tags = append(tags, tag.String())
	}
	data, err := json.Marshal(map[string]any{
		"compatible_tags": tags,
		"marker_environment": map[string]string{
			"implementation_name": env.ImplementationName, "implementation_version": env.ImplementationVersion, "os_name": env.OSName,
			"platform_machine": env.PlatformMachine, "platform_python_implementation": env.PlatformPythonImplementation,
			"platform_release": env.PlatformRelease, "platform_system": env.PlatformSystem, "platform_version": env.PlatformVersion,
			"python_full_version": env.PythonFullVersion, "python_version": env.PythonVersion, "sys_platform": env.SysPlatform,
		},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(s.output(p, "platform.json"), data, 0o666)
}

// bigLock writes a uv.lock of 1,000 packages in chains and fans, 10 wheels each.
func (s *setup) bigLock() error {
	var lock bytes.Buffer
	lock.WriteString("version = 1\nrevision = 3\nrequires-python = \">=3.10\"\n")
	const packages, fan = 1000, 8
	for i := range packages {
		fmt.Fprintf(&lock, "\n[[package]]\nname = \"p%d\"\nversion = \"1.%d.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n", i, i)
		if i+1 < packages {
			lock.WriteString("dependencies = [\n")
			for d := i + 1; d <= min(i+fan, packages-1); d++ {
				fmt.Fprintf(&lock, "    { name = \"p%d\", marker = \"python_full_version < '3.%d' or sys_platform != 'os%d'\" },\n", d, 10+d%5, d%7)
			}
			lock.WriteString("]\n")
		}
		lock.WriteString("wheels = [\n")
		for w := range 10 {
			fmt.Fprintf(&lock, "    { url = \"https://files.example/p%[1]d-1.%[1]d.0-cp3%[2]d-cp3%[2]d-manylinux_2_17_x86_64.manylinux2014_x86_64.whl\", hash = \"sha256:%064[3]x\", size = %[3]d },\n", i, 5+w, i*10+w+1)
		}
		lock.WriteString("]\n")
	}
	lock.WriteString("\n[[package]]\nname = \"big\"\nversion = \"0\"\nsource = { virtual = \".\" }\ndependencies = [\n    { name = \"p0\" },\n]\n")
	dir := s.dir("big")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "pyproject.toml"), []byte("[project]\nname = \"big\"\nversion = \"0\"\nrequires-python = \">=3.10\"\ndependencies = [\"p0\"]\n"), 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "uv.lock"), lock.Bytes(), 0o666)
}

// versions are those of the peers, as they say.
func (s *setup) versions() string {
	var all []string
	for _, line := range []string{s.uv() + " --version", s.tools + "/pip --version", s.tools + "/pex --version", "zip -v | sed -n 2p"} {
		out, err := exec.Command("/bin/bash", "-c", line).Output()
		if err != nil {
			continue
		}
		fields := strings.Fields(string(out))
		all = append(all, strings.Join(fields[:min(len(fields), 4)], " "))
	}
	return strings.Join(all, "; ")
}
