// Package buildlock reads and writes ofiuco.build.lock: the versions and hashes of all that takes part in builds from source.
//
// It stands beside lock.
package buildlock

import (
	"github.com/ofiuco/ofiuco/resolve"
	"github.com/ofiuco/ofiuco/target"
)

// Filename is the build lock's name, beside the lock.
const Filename = "ofiuco.build.lock"

// Lock is a build lock. The zero Lock is empty.
type Lock struct{}

// Parse reads a build lock. Path is its path as messages show it. The error is a *lock.Error.
func Parse(path string, data []byte) (*Lock, error) { panic("unwritten") }

// Key says for what requirements were resolved.
type Key struct {
	Package      string   // "markupsafe 2.1.5"
	Requirements []string // as the source tree and its backend name them; normalized and sorted by the Lock
	Target       target.Target
}

// Lookup are the pins of a build, not ok when the lock has none for the key.
func (l *Lock) Lookup(k Key) (pins []resolve.Pin, ok bool) { panic("unwritten") }

// Add notes the pins of a build.
func (l *Lock) Add(k Key, pins []resolve.Pin) { panic("unwritten") }

// Encode is the file's text. It depends on what is in the Lock only, not on the order it came in.
func (l *Lock) Encode() []byte { panic("unwritten") }
