package wheel

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ofiuco/ofiuco/internal/pytext"
	"github.com/ofiuco/ofiuco/internal/quoted"
	"github.com/ofiuco/ofiuco/tree"
)

// The groups of entry points that installers make scripts of (entry points specification).
const (
	ConsoleScripts = "console_scripts"
	GUIScripts     = "gui_scripts"
)

// entryPoints is the name of the file.
const entryPoints = "entry_points.txt"

// EntryPoint is an entry of entry_points.txt: in Group, Name stands for the object Attr of Module.
type EntryPoint struct {
	Group, Name string
	Module      string
	Attr        string // "" when it is the module itself, which no script's is
	Extras      []string
}

// Script says whether installers make a script of e.
func (e EntryPoint) Script() bool { return e.Group == ConsoleScripts || e.Group == GUIScripts }

// readEntryPoints reads entry_points.txt as importlib.metadata does, but takes ";" for the start of a
// comment, too, as configparser does. What it cannot read is an error in the groups of scripts, an Oddity
// elsewhere.
func readEntryPoints(text []byte, odd *oddities) ([]EntryPoint, error) {
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("is not UTF-8")
	}
	var all []EntryPoint
	seen := map[[2]string]string{}
	group, grouped := "", false
	for line := range strings.FieldsFuncSeq(string(text), isLineEnd) {
		line = strings.TrimFunc(line, isSpace)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if line[0] == '[' && line[len(line)-1] == ']' {
			group, grouped = strings.Trim(line, "[]"), true
			continue
		}
		if !grouped {
			continue
		}
		e, err := parseEntryPoint(group, line)
		if err == nil && e.Script() {
			err = checkScript(e)
		}
		if err != nil {
			if e.Script() {
				return nil, err
			}
			odd.add(CodeEntryPoint, "", "entry_points.txt: %v", err)
			continue
		}
		if first, twice := seen[[2]string{group, e.Name}]; twice {
			if first != line && e.Script() {
				return nil, fmt.Errorf("has two scripts of the name %s", quoted.Always(e.Name))
			}
			continue
		}
		if len(all) == maxEntryPoints {
			return nil, fmt.Errorf("has more than %d entry points", maxEntryPoints)
		}
		seen[[2]string{group, e.Name}] = line
		all = append(all, e)
	}
	return all, nil
}

// parseEntryPoint reads "name = module:attr [extras]", of which only name and module are needed. The entry
// point has its group even with an error.
func parseEntryPoint(group, line string) (EntryPoint, error) {
	e := EntryPoint{Group: group}
	entry, value, found := strings.Cut(line, "=")
	e.Name = strings.TrimFunc(entry, isSpace)
	value = strings.TrimFunc(value, isSpace)
	if !found {
		return e, fmt.Errorf("%s in [%s] is no entry point: it lacks '='", quoted.Always(line), quoted.IfNeeded(group))
	}
	object, extras, bracket := strings.Cut(value, "[")
	if bracket {
		inside, closed := strings.CutSuffix(extras, "]")
		if !closed {
			return e, fmt.Errorf("%s in [%s] has no end of its extras", quoted.Always(line), quoted.IfNeeded(group))
		}
		e.Extras = strings.FieldsFunc(inside, func(r rune) bool { return !isWord(r) })
	}
	module, attr, hasAttr := strings.Cut(object, ":")
	e.Module, e.Attr = strings.TrimRightFunc(module, isSpace), strings.TrimFunc(attr, isSpace)
	if !isReference(e.Module) || hasAttr && !isReference(e.Attr) {
		return e, fmt.Errorf("%s in [%s] does not name a Python object", quoted.Always(line), quoted.IfNeeded(group))
	}
	return e, nil
}

// checkScript refuses a script that would not be one file in the folder of scripts, or would replace what
// a virtual environment has there.
func checkScript(e EntryPoint) error {
	if e.Attr == "" {
		return fmt.Errorf("script %s names a module (%s), but no function in it", quoted.Always(e.Name), quoted.Always(e.Module))
	}
	if err := tree.CheckPath(e.Name); err != nil {
		return fmt.Errorf("script %s: %w", quoted.Always(e.Name), err)
	}
	if strings.ContainsAny(e.Name, "/:") {
		return fmt.Errorf("script %s has a name that leaves the folder of scripts", quoted.Always(e.Name))
	}
	if ownScript(e.Name) {
		return fmt.Errorf("script %s would replace that of a virtual environment", quoted.Always(e.Name))
	}
	return nil
}

// isReference says whether s is identifiers joined by dots.
func isReference(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if !pytext.IsIdentifier(part) {
			return false
		}
	}
	return true
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }

// isSpace is Python's str.isspace of a character.
func isSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }

// isLineEnd says whether Python's str.splitlines splits at r.
func isLineEnd(r rune) bool {
	return '\n' <= r && r <= '\r' || 0x1c <= r && r <= 0x1e || r == 0x85 || r == 0x2028 || r == 0x2029
}
