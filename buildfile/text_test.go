package buildfile

import (
	"bytes"
	"strings"
	"testing"

	"github.com/bazelbuild/buildtools/build"
	"github.com/google/go-cmp/cmp"
)

// checkFormatted holds a file against what buildifier writes.
func checkFormatted(t testing.TB, f File) {
	t.Helper()
	parsed, err := build.Parse(f.Path, f.Data)
	if err != nil {
		t.Fatalf("%v\n%s", err, f.Data)
	}
	if formatted := build.Format(parsed); !bytes.Equal(formatted, f.Data) {
		t.Errorf("%s (-ours +buildifier)\n%s", f.Path, cmp.Diff(string(f.Data), string(formatted)))
	}
}

// TestFormatted says that the files of real locks are as buildifier writes them, of packages' folders some.
func TestFormatted(t *testing.T) {
	for path, l := range realLocks(t) {
		t.Run(path, func(t *testing.T) {
			for i, f := range hubOf(t, l) {
				if isFolder := strings.Contains(f.Path, "/"); !isFolder || i%10 == 0 {
					checkFormatted(t, f)
				}
			}
		})
	}
}
