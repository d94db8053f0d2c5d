package venv

import (
	"embed"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/install"
)

//go:embed activate
var activateFiles embed.FS

// cacheTag tells backups that a folder can be made again (the Cache Directory Tagging Specification).
const cacheTag = "Signature: 8a477f597d28d172789f06886806bc55\n# This virtual environment is made by ofiuco.\n"

// addOwn adds what makes an environment of a folder.
func (b *builder) addOwn(p *plan) error {
	scripts := b.scheme.Scripts
	for _, own := range [...]struct{ path, text string }{
		{"pyvenv.cfg", b.config()},
		{".gitignore", "*\n"},
		{"CACHEDIR.TAG", cacheTag},
		{stateFile, ""}, // writeState fills it
	} {
		if err := p.addFile(own.path, newFile([]byte(own.text), false)); err != nil {
			return err
		}
	}
	for _, name := range b.activateNames() {
		text, err := b.activate(name)
		if err != nil {
			return err
		}
		if err := p.addFile(path.Join(scripts, name), newFile([]byte(text), false)); err != nil {
			return err
		}
	}
	if b.options.Interpreter.Windows {
		return b.addLaunchers(p)
	}
	if err := p.addLink(scripts, "python", b.executable); err != nil {
		return err
	}
	for _, name := range names(b.options.Interpreter) {
		if err := p.addLink(scripts, name, "python"); err != nil {
			return err
		}
	}
	if b.lib64 {
		return p.addLink("", "lib64", "lib")
	}
	return nil
}

// config is pyvenv.cfg (PEP 405). It holds no time and no command, so that the same Options give the same file. The
// version is there under both names that tools look for: CPython's and virtualenv's.
func (b *builder) config() string {
	info := &b.options.Interpreter
	var s strings.Builder
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&s, "%s = %s\n", key, value)
		}
	}
	if b.executable != "" {
		line("home", filepath.Dir(b.executable))
	}
	line("include-system-site-packages", "false")
	line("implementation", info.Implementation)
	line("version", info.FullVersion)
	line("version_info", info.FullVersion)
	line("executable", b.executable)
	line("prompt", b.options.Prompt)
	line("creator", b.options.Creator)
	return s.String()
}

// addLaunchers adds what stands on Windows for the links to the interpreter: small programs that CPython
// keeps for environments, which find it through pyvenv.cfg.
func (b *builder) addLaunchers(p *plan) error {
	home := filepath.Dir(b.executable)
	for name, launcher := range map[string]string{"python.exe": "venvlauncher.exe", "pythonw.exe": "venvwlauncher.exe"} {
		from := ""
		for _, candidate := range [...]string{launcher, name} { // since CPython 3.13, and before it
			candidate = filepath.Join(home, "Lib", "venv", "scripts", "nt", candidate)
			if _, err := os.Stat(candidate); err == nil {
				from = candidate
				break
			}
		}
		if from == "" {
			return fmt.Errorf("the Python %q has no launcher for virtual environments (Lib\\venv\\scripts\\nt\\%s): use another one", b.executable, name)
		}
		content, err := os.ReadFile(from)
		if err != nil {
			return fmt.Errorf("reading the launcher for virtual environments: %w", err)
		}
		if err := p.addFile(path.Join(b.scheme.Scripts, name), newFile(content, true)); err != nil {
			return err
		}
	}
	return nil
}

// activateNames are the scripts that change a shell's, or a program's, environment.
func (b *builder) activateNames() []string {
	names := []string{"activate", "activate.csh", "activate.fish", "Activate.ps1", "activate_this.py"}
	if b.portable {
		names = slices.DeleteFunc(names, func(name string) bool { return foundDirs[filepath.Ext(name)] == "" })
	}
	if b.options.Interpreter.Windows {
		names = []string{"activate", "activate.bat", "deactivate.bat", "Activate.ps1", "activate_this.py"}
	}
	return names
}

// activate is the text of a script of activateNames. What is put in is quoted for its language.
func (b *builder) activate(name string) (string, error) {
	text, err := activateFiles.ReadFile("activate/" + strings.ToLower(name))
	if err != nil {
		return "", err
	}
	quote := quotes[filepath.Ext(name)]
	dir := quote(b.dir)
	if b.portable {
		dir = foundDirs[filepath.Ext(name)]
	}
	prompt := b.options.Prompt
	if prompt == "" {
		prompt = filepath.Base(b.dir)
	}
	site, err := filepath.Rel(filepath.FromSlash(b.scheme.Scripts), filepath.FromSlash(b.scheme.Purelib))
	if err != nil {
		return "", err
	}
	made := strings.NewReplacer(
		"@DIR@", dir,
		"@PROMPT@", quote(prompt),
		"@SHOWN@", quote("("+plain(prompt)+") "),
		"@SCRIPTS@", quote(filepath.FromSlash(b.scheme.Scripts)),
		"@SITE@", quote(filepath.ToSlash(site)),
	).Replace(string(text))
	if b.portable && name == "activate" {
		made = findable + made
	}
	if filepath.Ext(name) == ".bat" {
		made = strings.ReplaceAll(made, "\n", "\r\n")
	}
	return made, nil
}

// quotes are how the languages of the scripts quote a text without control characters.
var quotes = map[string]func(string) string{
	"":      func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" },
	".csh":  func(s string) string { return "'" + strings.NewReplacer("'", `'\''`, "!", `\!`).Replace(s) + "'" },
	".fish": func(s string) string { return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'" },
	".ps1":  func(s string) string { return "'" + powershellQuotes.Replace(s) + "'" },
	".bat":  func(s string) string { return strings.NewReplacer("%", "%%", `"`, "").Replace(s) },
	".py":   func(s string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"` },
}

// foundDirs are how scripts find the environment that they are in. Those of csh can't.
var foundDirs = map[string]string{
	"":      `$(cd -- "$(dirname -- "${BASH_SOURCE:-$0}")/.." >/dev/null && pwd)`,
	".fish": `(realpath (dirname (status filename))/..)`,
	".ps1":  `(Split-Path -Parent $PSScriptRoot)`,
	".py":   `os.path.dirname(scripts)`,
}

// findable ends activate in a shell that does not say which file it reads.
const findable = `if [ -z "${BASH_SOURCE-}${ZSH_VERSION-}" ]; then
    echo "activate needs bash or zsh here: in another shell, run the programs in its folder" >&2
    return 1
fi
`

// powershellQuotes doubles what PowerShell takes for a single quote.
var powershellQuotes = strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛")

// plain is a prompt without what a shell may take for more than a character when it shows it.
func plain(prompt string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune("$`\\%!'\"^", c) {
			return '_'
		}
		return c
	}, prompt)
}

// scheme is where an environment has the parts of wheels.
func (o *Options) scheme() install.Scheme {
	return install.Venv(o.Interpreter.Library, o.Interpreter.Windows)
}
