package wheel

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/ofiuco/ofiuco/internal/quoted"
)

// schemeKeys are the folders of a .data folder: the keys of an installation scheme (sysconfig).
var schemeKeys = map[string]bool{"purelib": true, "platlib": true, "headers": true, "scripts": true, "data": true}

// environmentScripts are the scripts of a virtual environment itself, in lower case and without ".exe".
var environmentScripts = regexp.MustCompile(`^(` +
	`(python|pypy|graalpy)w?[0-9]*(\.[0-9]+)*[td]*w?` +
	`|activate(\.(csh|fish|nu|ps1|bat|xsh|sh))?|activate_this\.py|deactivate(\.(bat|nu|ps1))?|pydoc\.bat` +
	`)$`)

// ownScript says whether a script of that name would replace what a virtual environment has.
func ownScript(name string) bool {
	return environmentScripts.MatchString(strings.TrimSuffix(strings.ToLower(name), ".exe"))
}

// checkData checks a file below the .data folder; rest is its path there.
func checkData(rest string) error {
	key, inside, found := strings.Cut(rest, "/")
	if !found {
		return fmt.Errorf("is in no folder of the .data folder")
	}
	if !schemeKeys[key] {
		return fmt.Errorf("is in an unknown folder of the .data folder: %s", quoted.Always(key))
	}
	switch key {
	case "scripts":
		return checkDataScript(inside)
	case "data":
		return checkDataRoot(inside)
	}
	return nil
}

func checkDataScript(script string) error {
	if strings.Contains(script, "/") {
		return fmt.Errorf("is a script in a subfolder, which scripts must not have")
	}
	if ownScript(script) {
		return fmt.Errorf("would replace that of a virtual environment")
	}
	return nil
}

// checkDataRoot checks a file that goes under the root of an environment.
func checkDataRoot(path string) error {
	folder, file, found := strings.Cut(path, "/")
	if !found && strings.EqualFold(folder, "pyvenv.cfg") {
		return fmt.Errorf("would replace the pyvenv.cfg of a virtual environment")
	}
	if scripts := strings.EqualFold(folder, "bin") || strings.EqualFold(folder, "Scripts"); found && scripts && ownScript(file) {
		return fmt.Errorf("would replace that of a virtual environment")
	}
	return nil
}
