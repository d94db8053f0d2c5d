package source_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/source"
)

// realSdists are sdists as they were published, "PROJECT VERSION FILE", about 12 MB: of the kinds that PyPI took over the
// years, made by many tools, on Windows, too. All must be accepted.
var realSdists = []string{
	"markupsafe 2.1.5 MarkupSafe-2.1.5.tar.gz",
	"psycopg2 2.9.10 psycopg2-2.9.10.tar.gz",
	"pyyaml 6.0.2 pyyaml-6.0.2.tar.gz",
	"feedparser 5.2.1 feedparser-5.2.1.tar.bz2",
	"mock 1.0.1 mock-1.0.1.zip",
	"nltk 2.0.5 nltk-2.0.5.zip",
	"setuptools 1.0 setuptools-1.0.zip",
	"sqlalchemy 0.4.4 SQLAlchemy-0.4.4.zip",
	"genshi 0.7 Genshi-0.7.zip",
	"docutils 0.9 docutils-0.9.tar.gz",
	"six 1.9.0 six-1.9.0.tar.gz",
	"lxml 3.5.0 lxml-3.5.0.tar.gz",
	"cython 0.26 Cython-0.26.tar.gz",
	"zope.interface 6.0 zope.interface-6.0.tar.gz",
	"psutil 5.4.1 psutil-5.4.1.tar.gz",
	"cryptography 2.1 cryptography-2.1.tar.gz",
}

// TestRealSdists unpacks them as tarfile and zipfile do.
func TestRealSdists(t *testing.T) {
	if testing.Short() {
		t.Skip("unpacks 12 MB")
	}
	python := oracle.Python(t)
	describe := []string{filepath.Join("testdata", "member_sums.py")}
	for _, sdist := range realSdists {
		describe = append(describe, oracle.Sdist(t, strings.Fields(sdist)[2]))
	}
	output, err := exec.Command(python, describe...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var want map[string][]string
	if err := json.Unmarshal(output, &want); err != nil {
		t.Fatal(err)
	}
	for _, sdist := range realSdists {
		parts := strings.Fields(sdist)
		v, err := version.Parse(parts[1])
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if _, err := source.UnpackSdist(t.Context(), oracle.Sdist(t, parts[2]), parts[2], dir, name.Normalize(parts[0]), v); err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(want[parts[2]], sums(t, dir)); diff != "" {
			t.Errorf("%s: %s", parts[2], diff)
		}
	}
}

// sums are the files in a folder as "PATH SHA-256".
func sums(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(full string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(full)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(dir, full)
		all = append(all, fmt.Sprintf("%s %x", filepath.ToSlash(relative), sha256.Sum256(data)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}
