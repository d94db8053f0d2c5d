//go:build unix

package source_test

import (
	"syscall"
	"testing"
)

// withUmask sets the umask of this process for the test, beside which no other may run.
func withUmask(t *testing.T, mask int) {
	t.Helper()
	old := syscall.Umask(mask)
	t.Cleanup(func() { syscall.Umask(old) })
}
