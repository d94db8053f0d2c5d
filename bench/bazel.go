package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// bazelRows are builds by Bazel 7, from a server that is not yet running and without anything of an earlier build, but for the last
// one. Beside it there is pip in repository rules (bench/bazel/pip.bzl). Both download wheels from a server on loopback.
func (s *setup) bazelRows() []row {
	clean := "clean --expunge"
	return []row{
		{"bazel, clean build of a zip: lambda", s.bazel("ofiuco", "build //:zip", clean), []command{s.bazel("pip in repository rules", "build //:pip_zip", clean)}},
		{"bazel, clean build of an environment: science", s.bazel("ofiuco", "build //:venv", clean), []command{s.bazel("pip in repository rules", "build //:pip_venv", clean)}},
		{"bazel, clean analysis: science", s.bazel("ofiuco", "build --nobuild //:science", clean), []command{s.bazel("pip in repository rules", "build --nobuild //:pip_venv", clean)}},
		{"bazel, clean analysis: 1,000 packages", s.bazel("ofiuco", "build --nobuild //:big", clean), []command{s.bazel("Bazel itself, no package", "build --nobuild //:nothing", clean)}},
		{"bazel, one handler file changed: lambda", s.handlerChanged("ofiuco", "build //:zip"), []command{s.handlerChanged("pip in repository rules", "build //:pip_zip")}},
	}
}

// bazel is a command of Bazel, and the one that goes before.
func (s *setup) bazel(name, line, before string) command {
	program := filepath.Join(s.root, ".tools", "bazel", "bazel7")
	flags := " --symlink_prefix=/ --color=no --curses=no --noshow_progress --platforms=//platforms:linux_x86_64_python3.12 --host_platform=//platforms:linux_x86_64_python3.12"
	return command{
		name: name, line: fmt.Sprintf("%s %s %s%s", program, s.dir("bazel"), line, flags), before: fmt.Sprintf("%s %s %s", program, s.dir("bazel"), before),
		// In the sandbox there is no /tmp of this machine.
		env: []string{"OFIUCO_BINARY=" + filepath.Join(s.root, ".tools", "bazel", "bench", "ofiuco"), "VISIBLE=" + s.root},
	}
}

// handlerChanged is a build after another one of the same, with a file changed in between.
func (s *setup) handlerChanged(name, line string) command {
	c := s.bazel(name, line, "")
	c.before = fmt.Sprintf("%s && echo \"# $(date +%%N)\" >> %s", c.line, filepath.Join(s.dir("bazel"), "handler.py"))
	return c
}

// prepareBazel makes the workspace of the rows of Bazel, whose locks name a server of this process.
func (s *setup) prepareBazel(only *regexp.Regexp) error {
	if !slices.ContainsFunc(s.bazelRows(), func(r row) bool { return only.MatchString(r.job) }) {
		return nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := "http://" + listener.Addr().String()
	go func() { _ = http.Serve(listener, http.FileServer(http.Dir(s.work))) }()

	dir := s.dir("bazel")
	line := fmt.Sprintf("rm -rf %[1]s && cp -r bench/bazel %[1]s && cp -r examples/bazel/pythons examples/bazel/platforms %[1]s && cp examples/lambda-arm64/src/handler.py %[1]s && mkdir -p .tools/bazel/bench && cp %[2]s .tools/bazel/bench/ofiuco", dir, s.ofiuco)
	if err := shell(s.root, line); err != nil {
		return err
	}
	module := filepath.Join(dir, "MODULE.bazel")
	text, err := os.ReadFile(module)
	if err != nil {
		return err
	}
	filled := strings.NewReplacer(
		"ROOT", s.root, "SERVER", server, "PYTHON", filepath.Join(s.tools, "python"), "PIP_LAMBDA", pipPlatform(s.lambda()), "PIP_SCIENCE", pipPlatform(s.science()),
	).Replace(string(text))
	if err := os.WriteFile(module, []byte(filled), 0o666); err != nil {
		return err
	}
	for _, name := range []string{"lambda", "science", "big"} {
		if err := s.bazelLock(name, server); err != nil {
			return err
		}
	}
	return nil
}

// filesHost is what the URLs of locks begin with, up to the file's name.
var filesHost = regexp.MustCompile(`https://files\.pythonhosted\.org/[^"]*/`)

// bazelLock copies a project's lock into the workspace, with its files on the server.
func (s *setup) bazelLock(name, server string) error {
	lock, err := os.ReadFile(filepath.Join(s.dir(name), "uv.lock"))
	if err != nil {
		return err
	}
	dir := filepath.Join(s.dir("bazel"), name)
	line := fmt.Sprintf("mkdir -p %[1]s && cp %[2]s/pyproject.toml %[1]s && touch %[2]s/requirements.txt && cp %[2]s/requirements.txt %[1]s && echo 'exports_files(glob([\"*\"]))' > %[1]s/BUILD.bazel", dir, s.dir(name))
	if err := shell(s.work, line); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "uv.lock"), filesHost.ReplaceAll(lock, []byte(server+"/"+name+"-wheels/")), 0o666)
}

// pipPlatform are the arguments with which pip installs for a project's target.
func pipPlatform(p project) string {
	arguments := []string{"--implementation=cp", "--python-version=" + p.python}
	for _, platform := range p.pipPlatforms {
		arguments = append(arguments, "--platform="+platform)
	}
	return strings.Join(arguments, " ")
}
