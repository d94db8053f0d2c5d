package interpreter

import (
	"strings"
	"testing"
)

// TestLauncherPaths reads what the launchers of Python 3.8, of 3.12 and the install manager print.
func TestLauncherPaths(t *testing.T) {
	text := "Installed Pythons found by py Launcher for Windows\r\n -3.8-64\t\tC:\\Python38\\python.exe *\r\n" +
		" -V:3.12 *        C:\\Program Files\\Python312\\python.exe\r\n -V:Other/x       D:\\é\\python.exe\r\n (venv) *\r\n\r\n"
	want := `C:\Python38\python.exe|C:\Program Files\Python312\python.exe|D:\é\python.exe`
	if got := strings.Join(launcherPaths(text), "|"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// FuzzParseRequest holds that requests are read or refused, and that names and versions are looked at without fault.
func FuzzParseRequest(f *testing.F) {
	for _, seed := range []string{"", "3", "3.12", "3.12.4", "3.13t", "pypy3.10-7.3.12", "cpython-3.12.4-linux-x86_64-gnu", ">=3.11,<3.13", "===x", "python3.12", "cp312", "3.15.0rc1", "\x00", "99999999999", "3.14-dev", "~=3"} {
		f.Add(seed, "python3.12")
	}
	f.Fuzz(func(t *testing.T, text, program string) {
		r, err := parseRequest(text)
		if err != nil {
			return
		}
		r.excludes(program)
		for _, group := range r.names() {
			for _, name := range group {
				if r.isVersion && r.excludes(name) {
					t.Errorf("%q excludes %q, which it looks for", text, name)
				}
			}
		}
		if err := r.check(Info{FullVersion: program}); err != nil && strings.ContainsRune(err.Error(), '\n') {
			t.Errorf("the reason has lines: %q", err)
		}
	})
}
