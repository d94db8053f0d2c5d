package buildfile

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/selection"
	"github.com/ofiuco/ofiuco/target"
)

// realLocks are the short forms of real locks, and the locks of the package lock's tests, by their paths.
func realLocks(t testing.TB) map[string]*lock.Lock {
	t.Helper()
	files, _ := filepath.Glob("../selection/testdata/locks/*/*.gz")
	for _, pattern := range []string{"uv/*/uv.lock", "poetry/*/poetry.lock", "pylock/*/pylock.toml", "pdm/*/pdm.lock", "requirements/*/requirements.txt"} {
		more, _ := filepath.Glob("../lock/testdata/" + pattern)
		files = append(files, more...)
	}
	if len(files) < 40 {
		t.Fatalf("only %d locks", len(files))
	}
	locks := map[string]*lock.Lock{}
	for _, file := range files {
		locks[strings.TrimPrefix(filepath.ToSlash(file), "../")] = readLock(t, file)
	}
	return locks
}

func readLock(t testing.TB, file string) *lock.Lock {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(file, ".gz") {
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	in := lock.Input{
		Path: filepath.Base(strings.TrimSuffix(file, ".gz")), Data: data, PyprojectPath: "pyproject.toml",
		Open: func(path string) ([]byte, error) { // of the folders that a requirements.txt names
			return fmt.Appendf(nil, "[project]\nname = %q\n", filepath.Base(filepath.Dir(path))), nil
		},
	}
	if data, err := os.ReadFile(filepath.Join(filepath.Dir(file), "pyproject.toml")); err == nil {
		in.Pyproject = data
	}
	l, err := lock.Read(in)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return l
}

func targets(t testing.TB) []target.Target {
	t.Helper()
	var all []target.Target
	for _, text := range []string{
		"cp312-manylinux_2_34_aarch64", "cp311-manylinux_2_28_x86_64", "cp310-win_amd64", "cp313-macosx_14_0_arm64",
		"aws-lambda-python3.12-x86_64", "cp310-manylinux_2_17_x86_64", "cp312-musllinux_1_2_x86_64", "cp314-win_amd64",
		"pp311-manylinux_2_28_x86_64", "cp39-manylinux_2_17_x86_64", "cp38-macosx_11_0_x86_64", "cp313t-manylinux_2_34_x86_64",
	} {
		one, err := target.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	early, err := all[1].WithPython("3.11.2") // before 3.11.3, of which some markers ask
	if err != nil {
		t.Fatal(err)
	}
	return append(all, early)
}

// again is an entry as it comes out of an instructions file.
func again(t testing.TB, e Entry) Entry {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var read Entry
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&read); err != nil {
		t.Fatal(err)
	}
	return read
}

// plain is a source without credentials; the default index has two forms.
func plain(s lock.Source) lock.Source {
	s.URL = strings.Replace(s.URL, "user:secret@", "", 1)
	if s == (lock.Source{Kind: lock.FromIndex}) {
		s.Kind = ""
	}
	return s
}

// TestEntryRoundTrip says that an entry of any real lock's package has all that choosing and fetching its artifact reads.
func TestEntryRoundTrip(t *testing.T) {
	for path, l := range realLocks(t) {
		for i, p := range l.Packages {
			if len(l.Packages) > 100 && i%5 > 0 {
				continue // others of the kind are enough
			}
			got, err := again(t, NewEntry(l, p)).Lock()
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			options := []cmp.Option{
				cmpopts.IgnoreFields(lock.Artifact{}, "Line"),
				cmpopts.IgnoreFields(lock.Package{}, "Line", "Spelling", "Description", "Included", "Forks", "Dependencies", "Provides", "Project"),
				cmp.Comparer(func(a, b lock.Source) bool { return plain(a) == plain(b) }),
				cmp.Comparer(func(a, b lock.Constraint) bool { return constraintText(a) == constraintText(b) }),
				cmp.Comparer(func(a, b version.Version) bool { return a.Equal(b) && a.Local() == b.Local() }),
				cmpopts.EquateEmpty(),
			}
			if diff := cmp.Diff(p, got.Packages[0], options...); diff != "" {
				t.Errorf("%s: %s (-lock +entry)\n%s", path, p.Name, diff)
			}
		}
	}
}

// TestEntrySelects compares the artifact that is chosen by entry with that of the whole lock.
func TestEntrySelects(t *testing.T) {
	compared := 0
	for path, l := range realLocks(t) {
		for _, one := range targets(t)[:4] {
			whole, err := selection.Select(l, one, selection.Options{AllExtras: true, Groups: l.Groups})
			if err != nil {
				continue
			}
			for _, want := range whole.Packages {
				alone, err := NewEntry(l, want.Package).Lock()
				if err != nil {
					t.Fatalf("%s: %v", path, err)
				}
				got, err := selection.Select(alone, one, selection.Options{})
				if err != nil {
					t.Errorf("%s: %s: %v", path, want.Name, err)
				} else if diff := cmp.Diff(want.Artifact, got.Packages[0].Artifact, cmpopts.IgnoreFields(lock.Artifact{}, "Line")); diff != "" {
					t.Errorf("%s: %s on %s (-lock +entry)\n%s", path, want.Name, one, diff)
				}
				compared++
			}
		}
	}
	if compared < 4_000 {
		t.Errorf("only %d artifacts compared", compared)
	}
}
