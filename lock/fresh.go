package lock

import (
	"bytes"
	"fmt"
)

// CheckFresh holds a lock against the pyproject.toml beside it: whether it was made for what the project asks for now. It goes by
// the content hash of a poetry.lock or pdm.lock, and by the requirements, groups and requires-python that a uv.lock keeps of the project in its
// own folder. Of a requirement with a source in [tool.uv.sources] it counts that there is one, not what the source is.
//
// The error is an *Error, also for a format that keeps no record of what the lock was made for.
func CheckFresh(in Input) error {
	switch format := formatOf(in); {
	case len(bytes.TrimSpace(in.Data)) == 0:
		return &Error{Path: in.Path, Msg: "the file is empty", Hint: "write the lock with the project's tool"}
	case format == Poetry:
		return checkPoetryFresh(in)
	case format == UV:
		return checkUVFresh(in)
	case format == PDM:
		return checkPDMFresh(in)
	}
	return &Error{Path: in.Path, Msg: "its format does not tell which pyproject.toml the lock was made for", Hint: "check a poetry.lock, uv.lock or pdm.lock"}
}

// staleError is that of a lock that was made for something else.
func staleError(in Input, line int, hint string, facts ...string) *Error {
	return &Error{Path: in.Path, Line: line, Msg: fmt.Sprintf("the lock was not made for %s as it is now", in.PyprojectPath), Facts: facts, Hint: hint}
}

func checkPoetryFresh(in Input) error {
	f, err := openTOML(in.Path, in.Data, poetryHint)
	if err != nil {
		return err
	}
	project, err := readPyproject(in, Poetry)
	if err != nil {
		return err
	}
	locked := f.doc.Root().Table("metadata").Get("content-hash")
	switch text := locked.String(); {
	case f.stop():
		return f.err
	case project.contentHash == "":
		return uncomputable(in, locked.Line(), poetryHint)
	case !project.matches(text, in.Data):
		return staleError(in, locked.Line(), poetryHint)
	}
	return nil
}

// uncomputable is the error for a project that says what it asks for in values that the tools' JSON may write in several ways.
func uncomputable(in Input, line int, hint string) error {
	return &Error{Path: in.Path, Line: line, Msg: "its digest can't be computed of " + in.PyprojectPath, Hint: hint + " --check"}
}

// matches tells whether a poetry.lock with that content-hash was made for the project.
func (p *pyproject) matches(contentHash string, lock []byte) bool {
	return contentHash == p.contentHash || contentHash == p.earlierHash && writtenBefore(lock, poetry23)
}
