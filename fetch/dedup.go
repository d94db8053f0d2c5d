package fetch

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/ofiuco/ofiuco/lock"
)

// lockPatience is how long a process waits for another one that fetches the same file. After that it
// fetches the file itself, which is never wrong: the other one may be stopped.
const lockPatience = 10 * time.Minute

// lock keeps other processes from fetching the same file until unlock is called. It is an economy, not a
// safeguard: where no lock can be had (a disk without locks), the file is fetched without.
func (s *Store) lock(ctx context.Context, h lock.Hash) (unlock func(), err error) {
	dir := filepath.Join(s.dir, tmpDir)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return func() {}, nil // the attempt to write will say so
	}
	path := filepath.Join(dir, h.Hex+lockSuffix)
	locked := make(chan *lockedfile.File, 1)
	go func() {
		f, err := lockedfile.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			f = nil
		}
		locked <- f
	}()
	patience := time.NewTimer(lockPatience)
	defer patience.Stop()
	select {
	case f := <-locked:
		return func() { release(f, path) }, nil
	case <-patience.C:
		go func() { release(<-locked, path) }()
		return func() {}, nil
	case <-ctx.Done():
		// A lock that no one holds comes at once; who holds it will remove its file.
		select {
		case f := <-locked:
			release(f, path)
		case <-time.After(100 * time.Millisecond):
			go func() { release(<-locked, path) }()
		}
		return nil, context.Cause(ctx)
	}
}

const lockSuffix = ".lock"

// release removes a lock's file before it gives the lock up. Who waits for the removed file gets its lock and
// finds the blob in the store; so does who makes a new one.
func release(f *lockedfile.File, path string) {
	if f == nil {
		return
	}
	_ = os.Remove(path)
	_ = f.Close()
}
