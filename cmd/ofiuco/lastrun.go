package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/ofiuco/ofiuco/build"
	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/tree"
)

// inputs is the running digest of everything that an output is made from: the version of ofiuco, the options,
// the lock, pyproject.toml, the files that the lock names, and the first-party sources with their modes. When
// it is what it was for the output that is still there, there is nothing to do.
type inputs struct {
	digest interface {
		io.Writer
		Sum([]byte) []byte
	}
}

func newInputs(words ...string) *inputs {
	in := &inputs{digest: sha256.New()}
	in.add(release + " " + revision())
	for _, word := range words {
		in.add(word)
	}
	return in
}

// add takes one part; its length goes first, so that parts cannot run into each other.
func (in *inputs) add(part string) {
	in.addBytes([]byte(part))
}

func (in *inputs) addBytes(part []byte) {
	var length [8]byte
	binary.LittleEndian.PutUint64(length[:], uint64(len(part)))
	_, _ = in.digest.Write(length[:]) // a hash never fails
	_, _ = in.digest.Write(part)
}

// addFile takes a first-party file: its place in the output, its mode and its bytes.
func (in *inputs) addFile(f tree.File) error {
	mode := "-"
	if f.Executable {
		mode = "x"
	}
	in.add(f.Path + "\x00" + mode)
	var length [8]byte
	binary.LittleEndian.PutUint64(length[:], uint64(f.Content.Size))
	_, _ = in.digest.Write(length[:])
	r, err := f.Content.Open()
	if err != nil {
		return err
	}
	_, err = io.Copy(in.digest, r)
	return errors.Join(err, r.Close())
}

func (in *inputs) sum() string { return hex.EncodeToString(in.digest.Sum(nil)) }

// lastRun is what is remembered of an output: from what it was made, which file it was then, and what was said.
type lastRun[Report any] struct {
	Inputs string       `json:"inputs"`
	File   fileIdentity `json:"file"`            // of an output that is one file
	Trees  []builtTree  `json:"trees,omitempty"` // directories whose packages went in
	Report *Report      `json:"report"`
}

// builtTree is a directory that a package was built from, as it was then.
type builtTree struct {
	Path     string `json:"path"`
	Editable bool   `json:"editable,omitempty"`
	Identity string `json:"identity"`
}

// sameTrees holds when no directory has changed.
func (last *lastRun[Report]) sameTrees(ctx context.Context) bool {
	for _, tree := range last.Trees {
		if now, err := build.TreeIdentity(ctx, tree.Path, tree.Editable); err != nil || now != tree.Identity {
			return false
		}
	}
	return true
}

// outputsDir is the store's folder for what is remembered of outputs.
const outputsDir = "outputs"

// lastRunPath is where the last run that wrote out is remembered.
func lastRunPath(store, out string) (string, error) {
	absolute, err := filepath.Abs(out)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(absolute))
	return filepath.Join(store, outputsDir, hex.EncodeToString(sum[:16])+".json"), nil
}

// recallRun reads what is remembered of an output that was made from the inputs; nil when there is nothing, or it was damaged.
func recallRun[Report any](path, inputs string) *lastRun[Report] {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	checksum, data, _ := bytes.Cut(data, []byte("\n"))
	var last lastRun[Report]
	if string(checksum) != checksumOf(data) || json.Unmarshal(data, &last) != nil || last.Inputs != inputs || last.Report == nil {
		return nil
	}
	return &last
}

// unchanged returns the last run's report when out is still the file that it wrote from the same inputs.
func unchanged(ctx context.Context, path, out, inputs string) *zipReport {
	last := recallRun[zipReport](path, inputs)
	if last == nil {
		return nil
	}
	now, err := identify(out)
	if err != nil || now != last.File || now == (fileIdentity{}) || !last.sameTrees(ctx) {
		return nil
	}
	return last.Report
}

// remember notes the run, with a checksum before it: the store is not trusted. A store that can't be written only costs the next run its shortcut.
func (last *lastRun[Report]) remember(path string) {
	data, err := json.Marshal(last)
	if err != nil || os.MkdirAll(filepath.Dir(path), 0o777) != nil {
		return
	}
	_ = atomicfile.WriteFile(path, slices.Concat([]byte(checksumOf(data)), []byte("\n"), data), 0o666)
}

func checksumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
