package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ofiuco/ofiuco/wheel"
)

// verdictName is the file beside a wheel in an action's folder that holds the verdict of its check, so that each later action
// need not check the wheel again: what Bazel hands on is what an action has written.
const verdictName = "verdict"

// actionWheel is a checked wheel of an action's folder. It is open until close.
type actionWheel struct {
	*wheel.Wheel
	io.ReaderAt
	file *os.File
}

func (w *actionWheel) close() { _ = w.file.Close() } // it was only read

// openActionWheel opens the one wheel of a folder that an action wrote.
func openActionWheel(dir string) (*actionWheel, error) {
	found, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*.whl"))
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("it has %d wheels: a package that must be built needs may_build = True", len(found))
	}
	if err != nil {
		return nil, fmt.Errorf("opening the wheel in %q: %w", dir, err)
	}
	file, err := os.Open(found[0])
	if err != nil {
		return nil, fmt.Errorf("opening the wheel: %w", err)
	}
	w := &actionWheel{ReaderAt: file, file: file}
	if w.Wheel, err = verdictOf(file, dir); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// verdictOf is what was found when the wheel was checked, or is found now when no action has made it.
func verdictOf(file *os.File, dir string) (*wheel.Wheel, error) {
	data, err := os.ReadFile(filepath.Join(dir, verdictName))
	if errors.Is(err, fs.ErrNotExist) {
		return checkWheel(file, filepath.Base(file.Name()))
	}
	w := new(wheel.Wheel)
	if err == nil {
		err = w.UnmarshalBinary(data)
	}
	if err != nil {
		return nil, fmt.Errorf("opening %q: its verdict: %w", file.Name(), err)
	}
	return w, nil
}

// checkWheel checks a wheel whole.
func checkWheel(file *os.File, filename string) (*wheel.Wheel, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("opening the wheel: %w", err)
	}
	w, err := wheel.Check(file, info.Size(), filename)
	if err == nil {
		err = w.Refusal()
	}
	return w, err
}

// escapeGlob makes a path mean itself to filepath.Glob.
func escapeGlob(path string) string {
	var escaped []byte
	for i := range len(path) {
		if c := path[i]; c == '*' || c == '?' || c == '[' || c == '\\' && filepath.Separator != '\\' {
			escaped = append(escaped, '\\')
		}
		escaped = append(escaped, path[i])
	}
	return string(escaped)
}

// writeActionWheel checks a wheel and puts it into an action's folder.
func writeActionWheel(from, filename, dir string) error {
	file, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("opening the wheel: %w", err)
	}
	defer file.Close()
	w, err := checkWheel(file, filename)
	if err != nil {
		return err
	}
	verdict, err := w.MarshalBinary()
	if err != nil {
		return err
	}
	if err := place(from, filepath.Join(dir, filename)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, verdictName), verdict, 0o666)
}

// place puts a file that this run has made where an output is to be, as a link where that can be.
func place(from, to string) error {
	if err := os.Link(from, to); err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return copyFile(from, to)
}

// copyFile copies a file to a new one.
func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, source)
	return errors.Join(err, out.Close())
}
