package install

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/wheel"
)

// longestShebang is the longest first line, in bytes with "#!" and the line's end, that every Unix runs.
const longestShebang = 127

// besideScript begins the path of an Interpreter that is in the scripts' folder.
const besideScript = "./"

// anyPython finds a Python when no Interpreter is known.
const anyPython = "/usr/bin/env python3"

// addEntryPoints adds the scripts of the wheel's entry points.
func (i *installation) addEntryPoints() error {
	for _, e := range i.wheel.EntryPoints {
		if !e.Script() {
			continue
		}
		windowed := i.options.Scheme.Windows && e.Group == wheel.GUIScripts
		shebang, err := i.shebang(windowed)
		if err != nil {
			return err
		}
		name := e.Name
		switch {
		case windowed:
			name += "-script.pyw"
		case i.options.Scheme.Windows:
			name += "-script.py"
		}
		content := tree.BytesContent([]byte(shebang + ScriptBody(e)))
		if err := i.add(keyScripts, name, content, true); err != nil {
			return fmt.Errorf("making the script of entry point %q: %w", e.Name, err)
		}
	}
	return nil
}

// ScriptBody is the program that calls an entry point, without a first line that names an interpreter. The bytes are those of
// PyPA's installer, to whose files tests and tools compare ours.
func ScriptBody(e wheel.EntryPoint) string {
	imported, _, _ := strings.Cut(e.Attr, ".")
	return "# -*- coding: utf-8 -*-\n" +
		"import re\n" +
		"import sys\n" +
		"from " + e.Module + " import " + imported + "\n" +
		"if __name__ == \"__main__\":\n" +
		"    sys.argv[0] = re.sub(r\"(-script\\.pyw|\\.exe)?$\", \"\", sys.argv[0])\n" +
		"    sys.exit(" + e.Attr + "())\n"
}

// rewriteShebang points a script's first line to the Interpreter when it begins with "#!python" (PEP
// 427). Other scripts, and programs that are no scripts, stay as they are in the wheel.
func (i *installation) rewriteShebang(content tree.Content) (tree.Content, error) {
	const mark = "#!python"
	r, err := content.NewReader()
	if err != nil {
		return content, err
	}
	defer r.Close()
	head := make([]byte, len(mark))
	if n, err := io.ReadFull(r, head); string(head[:n]) != mark {
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			err = nil
		}
		return content, err
	}
	shebang, err := i.shebang(false)
	if err != nil {
		return content, err
	}
	rest, err := io.ReadAll(r)
	if err != nil {
		return content, err
	}
	end := bytes.IndexByte(rest, '\n') + 1
	if end == 0 {
		end = len(rest)
	}
	return tree.BytesContent(append([]byte(shebang), rest[end:]...)), nil
}

// shebang is the first line of a script, with its end.
func (i *installation) shebang(windowed bool) (string, error) {
	interpreter := i.options.Interpreter
	for _, c := range interpreter {
		if c < ' ' || c == 0x7f {
			return "", fmt.Errorf("interpreter %q holds a control character", interpreter)
		}
	}
	if beside, ok := strings.CutPrefix(interpreter, besideScript); ok && !i.options.Scheme.Windows {
		return shellShebang(`"$(dirname -- "$(realpath -- "$0")")"/` + quoteShell(beside)), nil
	}
	found := interpreter == ""
	if found {
		interpreter = anyPython
	}
	if windowed {
		at := strings.LastIndexAny(interpreter, `/\`) + 1
		interpreter = interpreter[:at] + strings.Replace(interpreter[at:], "python", "pythonw", 1)
	}
	if found || i.options.Scheme.Windows || len(interpreter)+3 <= longestShebang && !strings.Contains(interpreter, " ") {
		return "#!" + interpreter + "\n", nil
	}
	return shellShebang(quoteShell(interpreter)), nil
}

// shellShebang has the shell find the interpreter: it runs the second line, and Python takes the second and third for a string.
func shellShebang(word string) string {
	return "#!/bin/sh\n'''exec' " + word + " \"$0\" \"$@\"\n' '''\n"
}

// quoteShell quotes a word for sh, as Python's shlex does.
func quoteShell(word string) string {
	plain := func(c rune) bool {
		return c < 0x80 && (strings.ContainsRune("@%_-+=:,./", c) ||
			'0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z')
	}
	if strings.IndexFunc(word, func(c rune) bool { return !plain(c) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'"'"'`) + "'"
}
