package sdist

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/tree"
	"github.com/ofiuco/ofiuco/wheel"
	"github.com/ofiuco/ofiuco/zipfile"
)

// Finished is a wheel that is ready to be installed.
type Finished struct {
	Path  string
	Notes []string // what a user should know about it, such as which library keeps it from being a manylinux wheel
}

// Finish makes the wheel at path, as a backend wrote it, the same bytes on every host, and names it by the platform that
// it really needs: a wheel of manylinux_2_17 where its libraries need no more. It writes to out, an existing folder that
// is not the wheel's own.
//
// The entries are sorted, their times are 1980-01-01 and their modes 0644 or 0755; RECORD lists them with SHA-256, and
// the tags in WHEEL are those of the file's name. Python and ABI tags stay as they are. The error is an *Error when
// the wheel is of no use for t, or a *wheel.Error when it is none.
func Finish(ctx context.Context, path string, t target.Target, out string) (Finished, error) {
	file, err := os.Open(path)
	if err != nil {
		return Finished{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Finished{}, err
	}
	w, err := wheel.Check(file, info.Size(), filepath.Base(path))
	if err != nil {
		return Finished{}, err
	}
	if err := w.Refusal(); err != nil {
		return Finished{}, err
	}
	f := &finisher{Wheel: w, file: file, target: t}
	name, err := f.name()
	if err != nil {
		return Finished{}, err
	}
	contents, err := f.tree(name)
	if err != nil {
		return Finished{}, err
	}
	finished := Finished{Path: filepath.Join(out, name), Notes: f.notes}
	return finished, write(ctx, contents, finished.Path)
}

// finisher finishes one wheel.
type finisher struct {
	*wheel.Wheel
	file   io.ReaderAt
	target target.Target
	notes  []string
}

// tree is what the finished wheel holds.
func (f *finisher) tree(filename string) (tree.Tree, error) {
	record := f.DistInfo + "/RECORD"
	var files []tree.File
	for i := range f.Entries {
		e := &f.Entries[i]
		if strings.HasPrefix(e.Path, record) { // also its signatures, which hold no longer: RECORD.jws, RECORD.p7s
			continue
		}
		content := e.Content(f.file)
		// Only what is read anew is compressed anew, by the one compressor that makes the same bytes everywhere.
		loose := tree.Content{Size: content.Size, SHA256: content.SHA256, Open: content.NewReader}
		files = append(files, tree.File{Path: e.Path, Executable: e.Executable, Content: loose})
	}
	for i := range files {
		if files[i].Path == f.DistInfo+"/WHEEL" {
			text, err := f.ReadFile(f.file, files[i].Path)
			if err != nil {
				return tree.Tree{}, err
			}
			files[i].Content = tree.BytesContent(retag(text, filename))
		}
	}
	t, err := tree.New(files)
	if err != nil {
		return tree.Tree{}, err
	}
	listed := tree.File{Path: record, Content: tree.BytesContent(listing(t, record))}
	return tree.New(append(t.Files()[:t.Len():t.Len()], listed))
}

// retag gives the text of WHEEL the tags of the file's name, each on its line (PEP 427), where the first was.
func retag(text []byte, filename string) []byte {
	parts := strings.Split(strings.TrimSuffix(filename, ".whl"), "-")
	n := len(parts)
	var tags []string
	for _, python := range strings.Split(parts[n-3], ".") {
		for _, abi := range strings.Split(parts[n-2], ".") {
			for _, platform := range strings.Split(parts[n-1], ".") {
				tags = append(tags, "Tag: "+python+"-"+abi+"-"+platform+"\n")
			}
		}
	}
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(string(text), "\r\n")) {
		if key, _, _ := strings.Cut(line, ":"); strings.EqualFold(strings.TrimSpace(key), "Tag") {
			b.WriteString(strings.Join(tags, ""))
			tags = nil
			continue
		}
		b.WriteString(strings.TrimRight(line, "\r\n") + "\n")
	}
	b.WriteString(strings.Join(tags, ""))
	return []byte(b.String())
}

// listing is the text of RECORD (PEP 376, 427), sorted.
func listing(t tree.Tree, record string) []byte {
	var b bytes.Buffer
	for _, file := range t.Files() {
		digest := base64.RawURLEncoding.EncodeToString(file.Content.SHA256)
		fmt.Fprintf(&b, "%s,sha256=%s,%d\n", quoted(file.Path), digest, file.Content.Size)
	}
	fmt.Fprintf(&b, "%s,,\n", quoted(record))
	return b.Bytes()
}

// quoted is a field as Python's csv module writes it.
func quoted(field string) string {
	if !strings.ContainsAny(field, `,"`) {
		return field
	}
	return `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
}

// write writes the wheel; what is half-written is removed.
func write(ctx context.Context, contents tree.Tree, path string) (err error) {
	plan, err := zipfile.NewPlan(ctx, contents, 1)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			_ = os.Remove(path)
		}
	}()
	return plan.Write(ctx, file)
}
