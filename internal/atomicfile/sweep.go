package atomicfile

import (
	"errors"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// foreignAge is how long the leftover of another machine or container, whose processes can't be
// seen from here, is taken to be in use.
const foreignAge = 24 * time.Hour

// temporary is the end of a temporary file's name: where its process ran, and its id there.
var temporary = regexp.MustCompile(`-([0-9a-f]{8})\.tmp-([0-9]{1,10})$`)

func suffix() string { return "-" + here() + ".tmp-" + strconv.Itoa(os.Getpid()) }

// here tells apart the places among which one process id means different processes: machines and
// containers that share a disk.
var here = sync.OnceValue(func() string {
	host, _ := os.Hostname()
	namespace, _ := os.Readlink("/proc/self/ns/pid")
	sum := strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(host+"\x00"+namespace))), 16)
	return "00000000"[len(sum):] + sum
})

// IsTemporary holds for the name of a temporary file of this package.
func IsTemporary(name string) bool { return temporary.MatchString(name) }

// Sweep removes the temporary files and folders in dir whose process is gone, and says how many bytes the files gave back.
// It is safe while others write there.
func Sweep(dir string) (int64, error) { return sweep(dir, "") }

// sweep is Sweep for the names that begin with prefix.
func sweep(dir, prefix string) (int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	var freed int64
	var errs []error
	for _, entry := range entries {
		match := temporary.FindStringSubmatch(entry.Name())
		if match == nil || !strings.HasPrefix(entry.Name(), prefix) || !entry.Type().IsRegular() && !entry.IsDir() {
			continue
		}
		info, err := entry.Info()
		if err != nil || inUse(match[1], match[2], info.ModTime()) {
			continue // an error means that another sweep was faster
		}
		if err := RemoveAll(filepath.Join(dir, entry.Name())); err == nil {
			freed += info.Size()
		} else if !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return freed, errors.Join(errs...)
}

func inUse(place, id string, written time.Time) bool {
	if place != here() {
		return time.Since(written) < foreignAge
	}
	pid, err := strconv.Atoi(id)
	return err == nil && alive(pid)
}

// alive says whether a process runs; when in doubt (another user's, Windows) it does.
func alive(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer process.Release()
	err = process.Signal(syscall.Signal(0))
	return !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH)
}
