package unpack

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
)

// factsVersion changes with how wheels are unpacked, so that those unpacked otherwise are unpacked again.
const factsVersion = 2

// facts are what is known of an unpacked wheel besides its verdict. They lie beside its folder.
type facts struct {
	Version       int      `json:"version"`
	SHA256        string   `json:"sha256"`
	Anchored      []string `json:"anchored,omitempty"`
	SelfContained bool     `json:"self_contained,omitempty"`
}

func (s *Store) factsPath(sha256 string) string { return s.path(sha256) + ".json" }

var errNoFacts = errors.New("nothing is known of the unpacked wheel")

// readFacts reads them; those that are damaged or of another version are none.
func (s *Store) readFacts(digest string) (*facts, error) {
	data, err := os.ReadFile(s.factsPath(digest))
	if err != nil {
		return nil, err
	}
	seal, text, _ := bytes.Cut(data, []byte("\n"))
	sum := sha256.Sum256(text)
	var f facts
	if string(seal) != hex.EncodeToString(sum[:]) || json.Unmarshal(text, &f) != nil || f.Version != factsVersion || f.SHA256 != digest {
		return nil, errNoFacts
	}
	return &f, nil
}

func (s *Store) writeFacts(w *Wheel) error {
	text, err := json.Marshal(facts{factsVersion, w.SHA256, w.Anchored, w.SelfContained})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	data := append(append([]byte(hex.EncodeToString(sum[:])), '\n'), text...)
	if err := atomicfile.WriteFile(s.factsPath(w.SHA256), data, 0o666); err != nil {
		return fmt.Errorf("writing to the store: %w", err)
	}
	return nil
}

// touchAfter is how old the time of a wheel's last use may become. Prune needs it no more exact.
const touchAfter = 24 * time.Hour

// touch keeps the time of a wheel's last use as that of its facts.
func (s *Store) touch(digest string) {
	path := s.factsPath(digest)
	if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > touchAfter {
		now := time.Now()
		_ = os.Chtimes(path, now, now) // not in a read-only store
	}
}
