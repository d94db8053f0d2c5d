package lock

import (
	"fmt"
	"strings"
	"unicode"
)

// pythonMarker is the marker, as text, that Poetry makes of a dependency's python = "…": a
// constraint on the interpreter. "" holds always.
//
// Poetry's rule is that a version of up to two numbers is compared with python_version and a
// longer one with python_full_version, since python_version itself has two; ">3.6" and "<=3.6"
// mean the patch release 3.6.0. A local label, which no Python has, is dropped.
func pythonMarker(constraint string) (string, error) {
	alternatives, err := parseAlternatives(constraint)
	if err != nil {
		return "", err
	}
	var or []string
	for _, terms := range alternatives {
		if len(terms) == 0 {
			return "", nil
		}
		var and []string
		for _, t := range terms {
			and = append(and, t.marker())
		}
		or = append(or, "("+strings.Join(and, " and ")+")")
	}
	return strings.Join(or, " or "), nil
}

// marker is t asked of the running Python.
func (t term) marker() string {
	v := t.version
	v.local = ""
	if t.wildcard {
		_, next := v.family()
		if t.op == "!=" {
			return "(" + compare("<", v) + " or " + compare(">=", next) + ")"
		}
		return compare(">=", v) + " and " + compare("<", next)
	}
	switch t.op {
	case "!=":
		return "(" + compare("<", v) + " or " + compare(">", v) + ")"
	case "==":
		return pythonVariable(v) + ` == "` + v.String() + `"`
	}
	return compare(t.op, v)
}

// compare is an ordered comparison of the running Python with v.
func compare(op string, v release) string {
	if (op == ">" || op == "<=") && len(v.numbers) < 3 {
		v.numbers = append(append([]string{}, v.numbers...), "0", "0")[:3]
		return "python_full_version " + op + ` "` + v.String() + `"`
	}
	return pythonVariable(v) + " " + op + ` "` + v.stable().String() + `"`
}

// pythonVariable is the marker variable that has as many numbers as v.
func pythonVariable(v release) string {
	if len(v.numbers) >= 3 {
		return "python_full_version"
	}
	return "python_version"
}

// platformMarker is the marker, as text, that Poetry makes of a dependency's platform = "…": a
// constraint on sys_platform ("linux", "!=win32", "linux || darwin"). "" holds always. A value
// that sys_platform never has, such as "linux-x86_64", makes a marker that never holds.
func platformMarker(constraint string) (string, error) {
	if constraint == "*" {
		return "", nil
	}
	var or []string
	for _, all := range splitAlternatives(constraint) {
		var and []string
		for one := range strings.SplitSeq(all, ",") {
			text, err := platformTerm(strings.TrimSpace(one))
			if err != nil {
				return "", err
			}
			and = append(and, text)
		}
		or = append(or, "("+strings.Join(and, " and ")+")")
	}
	return strings.Join(or, " or "), nil
}

// platformTerm is one comparison of sys_platform.
func platformTerm(text string) (string, error) {
	op, value := "==", text
	for _, prefix := range []string{"!=", "===", "==", "="} {
		if rest, found := strings.CutPrefix(text, prefix); found {
			value = rest
			if prefix == "!=" {
				op = prefix
			}
			break
		}
	}
	value = strings.TrimSpace(value)
	if value == "" || strings.ContainsAny(value, `"'`) || strings.ContainsFunc(value, unicode.IsControl) {
		return "", fmt.Errorf("invalid platform constraint %q", text)
	}
	return "sys_platform " + op + ` "` + value + `"`, nil
}
