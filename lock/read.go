package lock

import (
	"bytes"
	"path"
	"regexp"
	"strings"

	"github.com/ofiuco/ofiuco/internal/tomldoc"
)

// Read reads a lock. Its base name decides the format: poetry.lock, uv.lock, pdm.lock, pylock.toml,
// pylock.NAME.toml, and any .txt for requirements; of another name, the content does. The error is
// an *Error.
func Read(in Input) (*Lock, error) {
	if len(bytes.TrimSpace(in.Data)) == 0 {
		return nil, &Error{Path: in.Path, Msg: "the file is empty", Hint: "write the lock anew with the tool that made it"}
	}
	switch formatOf(in) {
	case Poetry:
		return readPoetry(in)
	case UV:
		return readUV(in)
	case PDM:
		return readPDM(in)
	case Pylock:
		return readPylock(in)
	case Requirements:
		return readRequirements(in)
	}
	return nil, &Error{
		Path: in.Path, Msg: "not a lock that ofiuco knows",
		Hint: "name it poetry.lock, uv.lock, pdm.lock, pylock.toml, pylock.NAME.toml or requirements.txt",
	}
}

// namedPylock is the other name that PEP 751 allows.
var namedPylock = regexp.MustCompile(`^pylock\.[^.]+\.toml$`)

// formatOf is the format of a lock, "" when it cannot be told.
func formatOf(in Input) Format {
	base := path.Base(strings.ReplaceAll(in.Path, `\`, "/"))
	switch {
	case base == string(Poetry), base == string(UV), base == string(PDM), base == string(Pylock):
		return Format(base)
	case namedPylock.MatchString(base):
		return Pylock
	case strings.HasSuffix(base, ".txt"):
		return Requirements
	}
	return contentFormat(in.Data)
}

// contentFormat is the format of a lock under another name: that of a TOML document with the format's
// tables.
func contentFormat(data []byte) Format {
	doc, err := tomldoc.Parse(data)
	if err != nil {
		return ""
	}
	root := doc.Root()
	switch metadata := root.Get("metadata").Kind() == tomldoc.TableKind; {
	case root.Has("lock-version") && root.Has("packages"):
		return Pylock
	case metadata && root.Table("metadata").Has("python-versions"):
		return Poetry
	case metadata && root.Table("metadata").Has("lock_version"):
		return PDM
	case root.Has("version") && root.Has("package"):
		return UV
	}
	return ""
}
