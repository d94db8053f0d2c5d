package install

import (
	"path"
	"strings"
)

// Scheme names the folders, in a Tree, of the parts of a wheel. They are clean, relative and
// slash-separated; "" is the Tree's root.
type Scheme struct {
	Purelib, Platlib string
	Headers          string // holds a folder for each project, of its normalized name
	Scripts          string
	Data             string
	// Windows says that scripts are for Windows.
	Windows bool

	environment bool // the Tree becomes a virtual environment
}

// key is a folder of a Scheme, in the words of a .data folder (PEP 427).
type key string

const (
	keyPurelib key = "purelib"
	keyPlatlib key = "platlib"
	keyHeaders key = "headers"
	keyScripts key = "scripts"
	keyData    key = "data"
)

// Flat is the Scheme of one folder on sys.path, such as the root of an AWS Lambda function: modules and
// data are at its root, scripts in bin, headers in include. It is where `uv pip install --target` puts
// everything and `pip install --target` all but headers, whose folder names pip's own Python.
func Flat() Scheme {
	return Scheme{Scripts: "bin", Headers: "include"}
}

// Venv is the Scheme of a virtual environment (PEP 405). On POSIX, python is the name of the folder
// that a Python has for its modules in lib, such as "python3.12", "python3.13t" or "pypy3.10"; its
// modules are in lib/python3.12/site-packages. On Windows they are in Lib/site-packages, and only the
// headers' folder has the name.
func Venv(python string, windows bool) Scheme {
	site, scripts := path.Join("lib", python, "site-packages"), "bin"
	if windows {
		site, scripts = "Lib/site-packages", "Scripts"
	}
	return Scheme{
		Purelib: site, Platlib: site, Scripts: scripts,
		Headers:     path.Join("include", "site", python),
		Windows:     windows,
		environment: true,
	}
}

// reserves tells whether a path of the Tree is one of a virtual environment's own files, on any disk.
func (s *Scheme) reserves(file string) bool {
	if !s.environment {
		return false
	}
	file = strings.ToLower(file)
	if file == "pyvenv.cfg" {
		return true
	}
	script, inside := strings.CutPrefix(file, strings.ToLower(s.Scripts)+"/")
	if !inside || strings.Contains(script, "/") {
		return false
	}
	script = strings.TrimSuffix(script, ".exe")
	for _, own := range [...]string{"python", "pythonw", "pypy"} {
		if rest, found := strings.CutPrefix(script, own); found && strings.Trim(rest, "0123456789.tw") == "" {
			return true
		}
	}
	stem, _, _ := strings.Cut(script, ".")
	return stem == "activate" || stem == "deactivate" || stem == "activate_this"
}
