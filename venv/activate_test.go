package venv_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/venv"
)

// shells are programs that show VIRTUAL_ENV, its prompt, the first folder of PATH, PYTHONHOME and the shell's prompt,
// after activate and after deactivate. $1 is the script.
var shells = []struct {
	name, script string
	args         []string
	program      string
}{
	{"sh", "activate", nil, posix},
	{"dash", "activate", []string{"-eu"}, posix},
	{"bash", "activate", []string{"--norc", "-eu"}, posix},
	{"zsh", "activate", []string{"-f", "-eu"}, posix},
	{"tcsh", "activate.csh", []string{"-f"}, csh},
	{"fish", "activate.fish", []string{"--no-config"}, fish},
}

const posix = `
PS1='old> '
show() { printf '%s|%s|%s|%s|%s\n' "${VIRTUAL_ENV-none}" "${VIRTUAL_ENV_PROMPT-none}" "${PATH%%:*}" "${PYTHONHOME-none}" "$PS1"; }
show
. "$SCRIPT"
show
python -c 'import sys; print(sys.prefix)'
. "$SCRIPT"
show
deactivate
show
type deactivate 2>&1 | grep function || :
set | grep ^_OLD_VIRTUAL || :
`

const csh = `
set echo_style = bsd
set prompt = 'old> '
alias show 'test $?VIRTUAL_ENV = 0 && echo -n none; test $?VIRTUAL_ENV = 1 && echo -n $VIRTUAL_ENV:q; echo -n "|"; test $?VIRTUAL_ENV_PROMPT = 0 && echo -n none; test $?VIRTUAL_ENV_PROMPT = 1 && echo -n $VIRTUAL_ENV_PROMPT:q; echo -n "|"$path[1]:q"|"; test $?PYTHONHOME = 0 && echo -n none; test $?PYTHONHOME = 1 && echo -n $PYTHONHOME:q; echo "|"$prompt:q'
show
source $SCRIPT:q
show
python -c 'import sys; print(sys.prefix)'
source $SCRIPT:q
show
deactivate
show
alias deactivate
set | grep ^_OLD_VIRTUAL
`

const fish = `
function fish_prompt; printf 'old> '; end
function orNone; if set -q $argv[1]; printf '%s' $$argv[1]; else; printf none; end; end
function show; orNone VIRTUAL_ENV; printf '|'; orNone VIRTUAL_ENV_PROMPT; printf '|%s|' $PATH[1]; orNone PYTHONHOME; printf '|'; fish_prompt; echo; end
show
source $SCRIPT
show
python -c 'import sys; print(sys.prefix)'
source $SCRIPT
show
deactivate
show
functions -q deactivate; and echo 'deactivate is left'
set -n | grep _OLD_VIRTUAL; or true
`

// TestActivate runs the scripts in their shells, in folders whose names need quotes.
func TestActivate(t *testing.T) {
	info := hostPython(t)
	names := map[string]string{ // and how a prompt shows them
		"env": "env", "my env": "my env", `it's "$HOME" é`: "it_s __HOME_ é", "a`b!c%d\\e&f*": "a_b_c_d_e&f*", "-x": "-x",
	}
	parent := t.TempDir()
	for name := range names {
		o := venv.Options{Dir: filepath.Join(parent, name), Interpreter: info}
		if _, err := venv.Make(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	for _, shell := range shells {
		t.Run(shell.name, func(t *testing.T) {
			t.Parallel()
			path, err := exec.LookPath(shell.name)
			if err != nil {
				t.Skipf("there is no %s: apt-get install %[1]s", shell.name)
			}
			for name, shown := range names {
				dir := filepath.Join(parent, name)
				cmd := exec.Command(path, append(shell.args, "-c", shell.program)...)
				cmd.Dir = parent
				cmd.Env = []string{
					"SCRIPT=" + filepath.Join(dir, "bin", shell.script), "PATH=/first:" + os.Getenv("PATH"),
					"HOME=" + parent, "PYTHONHOME=/old home", "LANG=C.UTF-8",
				}
				before, within := "none|none|/first|/old home|old> \n", dir+"|"+name+"|"+dir+"/bin|none|("+shown+") old> \n"
				want := before + within + dir + "\n" + within + before
				out, err := cmd.CombinedOutput() // the last grep's status is of no interest
				if string(out) != want {
					t.Errorf("%q: %v, got\n%s\nwant\n%s", name, err, out, want)
				}
			}
		})
	}
}

// TestActivatePrompt: the prompt is the one that is asked for, or left alone.
func TestActivatePrompt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "env")
	if _, err := venv.Make(t.Context(), venv.Options{Dir: dir, Interpreter: hostPython(t), Prompt: "shop 2"}); err != nil {
		t.Fatal(err)
	}
	program := `PS1='$ '; . "$0"; echo "$PS1"; deactivate; VIRTUAL_ENV_DISABLE_PROMPT=1; . "$0"; echo "$PS1"; deactivate; unset PS1; unset VIRTUAL_ENV_DISABLE_PROMPT; . "$0"; echo "${PS1-none}"`
	out, err := exec.Command("sh", "-c", program, filepath.Join(dir, "bin", "activate")).CombinedOutput()
	if err != nil || string(out) != "(shop 2) $ \n$ \nnone\n" {
		t.Errorf("%v, got %q", err, out)
	}
	config, err := os.ReadFile(filepath.Join(dir, "pyvenv.cfg"))
	if err != nil || !strings.Contains(string(config), "\nprompt = shop 2\n") {
		t.Errorf("%v, pyvenv.cfg is %q", err, config)
	}
	if out, err := exec.Command("bash", filepath.Join(dir, "bin", "activate")).CombinedOutput(); err == nil || !strings.Contains(string(out), ". '") {
		t.Errorf("activate that is run by itself: %v, %q", err, out)
	}
}

// TestActivateThis makes the packages importable in the interpreter that the environment is of.
func TestActivateThis(t *testing.T) {
	info := hostPython(t)
	dir := filepath.Join(t.TempDir(), `it's "$HOME" é\`)
	if _, err := venv.Make(t.Context(), venv.Options{Dir: dir, Interpreter: info, Packages: some(t, t.TempDir())}); err != nil {
		t.Fatal(err)
	}
	program := "import runpy, sys, os; runpy.run_path(sys.argv[1]); import alpha; print(sys.prefix, os.environ['VIRTUAL_ENV_PROMPT'], os.environ['PATH'].split(':')[0])"
	out, err := exec.Command(info.Executable, "-c", program, filepath.Join(dir, "bin", "activate_this.py")).CombinedOutput()
	if want := dir + " " + filepath.Base(dir) + " " + dir + "/bin\n"; err != nil || string(out) != want {
		t.Errorf("%v, got %q, want %q", err, out, want)
	}
}
