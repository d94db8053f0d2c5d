package unpack

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
	"github.com/ofiuco/ofiuco/wheel"
)

// recordSuffix ends the name of the record beside an unpacked wheel. It is: the SHA-256 of the facts, in hexadecimal; the
// facts in JSON; each with a line feed; and the verdict of the check, in its binary form.
const recordSuffix = ".record"

// factsVersion changes with what facts mean, so that wheels of which others are known are unpacked again.
const factsVersion = 3

// facts are what is known of an unpacked wheel besides the verdict.
type facts struct {
	Version  int              `json:"version"`
	SHA256   string           `json:"sha256"`
	Anchored []string         `json:"anchored,omitempty"`
	Written  map[string]int64 `json:"written,omitempty"`
}

// ErrDamaged says that an unpacked wheel is not as it was unpacked.
var ErrDamaged = errors.New("the unpacked wheel was changed")

func damaged(path, how string) error { return fmt.Errorf("%w: %s %s", ErrDamaged, path, how) }

// recall reads the record of a wheel that is unpacked already. Its folder is not looked at.
func (s *Store) recall(r Request) (*Wheel, error) {
	w, err := readRecord(s.path(r.SHA256))
	if err != nil {
		return nil, err
	}
	if w.SHA256 != r.SHA256 {
		return nil, damaged(w.Dir, "has the record of another wheel")
	}
	if w.Filename != r.Filename { // one file may have several names
		w.Wheel, err = s.files.Verdict(r.SHA256, r.Filename)
	}
	return w, err
}

// readRecord reads the record of the wheel in a folder, and keeps the time of its last use.
func readRecord(dir string) (*Wheel, error) {
	data, err := readUsed(dir + recordSuffix)
	if err != nil {
		return nil, err
	}
	seal, rest, _ := bytes.Cut(data, []byte("\n"))
	text, verdict, _ := bytes.Cut(rest, []byte("\n"))
	sum := sha256.Sum256(text)
	var f facts
	if string(seal) != hex.EncodeToString(sum[:]) || json.Unmarshal(text, &f) != nil || f.Version != factsVersion {
		return nil, damaged(dir, "has no record of this version")
	}
	w := &Wheel{
		Wheel: new(wheel.Wheel), SHA256: f.SHA256, Dir: dir,
		Anchored: f.Anchored, SelfContained: f.Written != nil, written: f.Written,
	}
	return w, w.UnmarshalBinary(verdict)
}

// touchAfter is how old the time of a wheel's last use may become. Prune needs it no more exact.
const touchAfter = 24 * time.Hour

// readUsed reads a file, and keeps the time of its last use as its time of modification.
func readUsed(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if now := time.Now(); now.Sub(info.ModTime()) > touchAfter {
		_ = os.Chtimes(path, now, now) // not in a read-only store
	}
	data := make([]byte, info.Size())
	_, err = io.ReadFull(f, data)
	return data, err
}

// writeRecord writes it beside the place that the wheel will have.
func (s *Store) writeRecord(w *Wheel) error {
	text, err := json.Marshal(facts{factsVersion, w.SHA256, w.Anchored, w.written})
	if err != nil {
		return err
	}
	verdict, err := w.MarshalBinary()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	f, err := atomicfile.CreateIn(s.tmp, "record", 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(slices.Concat([]byte(hex.EncodeToString(sum[:])), []byte("\n"), text, []byte("\n"), verdict)); err != nil {
		return err
	}
	return f.CommitTo(w.Dir + recordSuffix)
}
