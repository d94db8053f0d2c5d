package lock

import (
	"path/filepath"
	"testing"
)

func TestFormats(t *testing.T) {
	for file, want := range map[string]Format{
		"poetry.lock": Poetry, "a/uv.lock": UV, `a\pdm.lock`: PDM, "pylock.toml": Pylock, "x/pylock.dev.toml": Pylock,
		"requirements.txt": Requirements, "dev-requirements.txt": Requirements, "deps.txt": Requirements,
		"pylock.a.b.toml": "", "Poetry.lock": "", "lock": "", "": "",
	} {
		if got := formatOf(Input{Path: file}); got != want {
			t.Errorf("%q: %q, want %q", file, got, want)
		}
	}
}

// A lock under another name is known by what is in it.
func TestFormatByContent(t *testing.T) {
	for file, want := range map[string]Format{
		"poetry/2.1/poetry.lock": Poetry, "uv/forks/uv.lock": UV, "pdm/plain/pdm.lock": PDM,
	} {
		in := folderInput(t, filepath.Join("testdata", filepath.FromSlash(filepath.Dir(file))), filepath.Base(file))
		in.Path = "deps.lock"
		l, err := Read(in)
		if err != nil {
			t.Fatal(err)
		}
		if l.Format != want {
			t.Errorf("%s is read as %s", file, l.Format)
		}
	}
	l, err := Read(Input{Path: "x", Data: []byte(onePylock)})
	if err != nil || l.Format != Pylock {
		t.Errorf("%v, %v", l, err)
	}
	for _, text := range []string{"a = 1", "not TOML", "[[package]]"} {
		_, err := Read(Input{Path: "deps.lock", Data: []byte(text)})
		wantError(t, err, "deps.lock: not a lock that ofiuco knows")
	}
}
