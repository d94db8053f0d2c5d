// Package unpack keeps wheels unpacked, each in a folder of the store of its own, so that any number of
// virtual environments can link to one.
//
// It stands between fetch and venv.
package unpack

import (
	"context"

	"github.com/ofiuco/ofiuco/fetch"
	"github.com/ofiuco/ofiuco/wheel"
)

// Store is the part of the store that holds unpacked wheels. It is safe for concurrent use, by many processes, too.
type Store struct{ files *fetch.Store }

// Open is the part of a store that holds unpacked wheels.
func Open(files *fetch.Store) *Store { return &Store{files} }

// Wheel is an unpacked wheel.
type Wheel struct {
	*wheel.Wheel
	SHA256 string // of the wheel
	// Dir is the absolute path of the folder that holds its files, laid out as in the archive.
	Dir string
	// Anchored are the folders and files at Dir's root that may not be linked as a whole: a library in
	// them finds others by a path that leads out of the wheel.
	Anchored []string
	// SelfContained says that the .dist-info folder in Dir is the installed one, RECORD and INSTALLER included,
	// because nothing in it depends on the environment.
	SelfContained bool
}

// Wheel gives an unpacked wheel by its SHA-256 and file name. What was damaged since is unpacked again.
func (s *Store) Wheel(ctx context.Context, sha256, filename string) (*Wheel, error) {
	panic("unwritten")
}
