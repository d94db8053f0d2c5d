package resolve

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/target"
)

// The comparisons of this package with uv and pip run on a piece of PyPI that is frozen in testdata/pypi.txt, so that all
// see the same releases. OFIUCO_RECORD=1 freezes it anew over the network, with all that uv and pip look at.
const (
	frozenPyPI   = "testdata/pypi.txt"
	requirements = "testdata/requirements.txt"
	answersOfUV  = "testdata/uv.txt"
)

// recording says whether the frozen releases are to be written anew.
func recording() bool { return os.Getenv("OFIUCO_RECORD") != "" }

// frozenTargets are those that wheels are frozen for.
var frozenTargets = []string{
	"cp39-manylinux_2_28_x86_64", "cp312-manylinux_2_28_x86_64", "cp314-manylinux_2_28_x86_64",
	"cp39-win_amd64", "cp312-win_amd64", "cp314-win_amd64",
	"cp311-manylinux_2_28_x86_64",
}

// requirementSet is what a project asks of its build.
type requirementSet struct {
	about    string
	requires []string
}

func readRequirementSets(t testing.TB) []requirementSet {
	t.Helper()
	data, err := os.ReadFile(requirements)
	if err != nil {
		t.Fatal(err)
	}
	var sets []requirementSet
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if about, ok := strings.CutPrefix(line, "= "); ok {
			sets = append(sets, requirementSet{about: about})
		} else if line != "" && line[0] != '#' {
			last := &sets[len(sets)-1]
			last.requires = append(last.requires, line)
		}
	}
	return sets
}

// frozen is a piece of PyPI. All wheels of a release have one metadata.
type frozen struct {
	mu       sync.Mutex
	live     bool // what is missing is asked of PyPI
	pages    map[name.Name][]File
	metadata map[string]Metadata // by "project version"
}

// Files implements Releases.
func (f *frozen) Files(ctx context.Context, project name.Name) ([]File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	files, ok := f.pages[project]
	if ok || !f.live {
		return files, nil
	}
	answer, err := get(ctx, "https://pypi.org/simple/"+string(project)+"/")
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var page struct {
		Files []struct {
			Filename, URL string
			Hashes        map[string]string
			Size          int64
			Python        string `json:"requires-python"`
			Yanked        any
		}
	}
	if err := json.Unmarshal(answer, &page); err != nil {
		return nil, err
	}
	for _, p := range page.Files {
		f.pages[project] = append(f.pages[project], File{
			Filename: p.Filename, URL: p.URL, SHA256: p.Hashes["sha256"], Size: p.Size, RequiresPython: p.Python, Yanked: p.Yanked != false && p.Yanked != nil,
		})
	}
	return f.pages[project], nil
}

// get asks for a page.
func get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/vnd.pypi.simple.v1+json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNotFound {
		return nil, os.ErrNotExist
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, response.Status)
	}
	return io.ReadAll(response.Body)
}

// releaseOf is the release of a wheel, "project version".
func releaseOf(file string) string {
	wheel, err := filename.ParseWheel(file)
	if err != nil {
		return file
	}
	return release(wheel.Name, wheel.Version)
}

// Metadata implements Releases.
func (f *frozen) Metadata(ctx context.Context, _ name.Name, wheel File) (Metadata, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := releaseOf(wheel.Filename)
	if m, ok := f.metadata[id]; ok {
		return m, nil
	}
	if !f.live {
		return Metadata{}, fmt.Errorf("the metadata of %s is not in %s: write it anew with OFIUCO_RECORD=1", id, frozenPyPI)
	}
	answer, err := get(ctx, wheel.URL+".metadata")
	if errors.Is(err, os.ErrNotExist) {
		answer, err = metadataInside(ctx, wheel)
	}
	if err != nil {
		return Metadata{}, err
	}
	var m Metadata
	for line := range strings.Lines(string(answer)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		if r, ok := strings.CutPrefix(line, "Requires-Dist: "); ok {
			m.Requires = append(m.Requires, r)
		} else if python, ok := strings.CutPrefix(line, "Requires-Python: "); ok {
			m.RequiresPython = python
		}
	}
	f.metadata[id] = m
	return m, nil
}

// ranges reads a file from its server in pieces.
type ranges struct {
	ctx context.Context
	url string
}

func (r ranges) ReadAt(p []byte, at int64) (int, error) {
	request, err := http.NewRequestWithContext(r.ctx, http.MethodGet, r.url, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", at, at+int64(len(p))-1))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusPartialContent {
		return 0, fmt.Errorf("%s: %s for a range", r.url, response.Status)
	}
	return io.ReadFull(response.Body, p)
}

// metadataInside is the METADATA of a wheel beside which the index has none.
func metadataInside(ctx context.Context, wheel File) ([]byte, error) {
	archive, err := zip.NewReader(ranges{ctx, wheel.URL}, wheel.Size)
	if err != nil {
		return nil, err
	}
	for _, f := range archive.File {
		if strings.HasSuffix(f.Name, ".dist-info/METADATA") {
			inside, err := f.Open()
			if err != nil {
				return nil, err
			}
			defer inside.Close()
			return io.ReadAll(inside)
		}
	}
	return nil, fmt.Errorf("%s has no METADATA", wheel.Filename)
}

// readFrozen reads what writeFrozen wrote.
func readFrozen(t testing.TB) *frozen {
	t.Helper()
	if recording() {
		return record(t)
	}
	f := &frozen{pages: map[name.Name][]File{}, metadata: map[string]Metadata{}}
	data, err := os.ReadFile(frozenPyPI)
	if err != nil {
		t.Fatal(err)
	}
	var project, number, python, state string
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		mark, text, _ := strings.Cut(lines.Text(), " ")
		id := project + " " + number
		switch mark {
		case "=":
			parts := strings.SplitN(text, " ", 4)
			project, number, state, python = parts[0], parts[1], parts[2], parts[3]
		case "-":
			file := strings.ReplaceAll(project, "-", "_") + "-" + number + "-" + text + ".whl"
			f.pages[name.Name(project)] = append(f.pages[name.Name(project)], File{
				Filename: file, URL: "/files/" + file, SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(file))), RequiresPython: python, Yanked: state == "yanked",
			})
		case ":":
			f.metadata[id] = Metadata{RequiresPython: text, Requires: f.metadata[id].Requires}
		case ">":
			m := f.metadata[id]
			m.Requires = append(m.Requires, text)
			f.metadata[id] = m
		}
	}
	return f
}

// newest is how many releases of a project are frozen, beside those that somebody looked at.
const newest = 12

// trim leaves of all projects the newest releases and those that were looked at, with the best wheel for each target.
func (f *frozen) trim(t testing.TB) {
	t.Helper()
	for project, all := range f.pages {
		var left []File
		for i, files := range releasesOf(project, all) {
			if _, known := f.metadata[release(project, files[0].version)]; !known && i >= newest {
				continue
			}
			for _, w := range frozenWheels(t, files) {
				left = append(left, w.File)
			}
		}
		f.pages[project] = left
	}
}

// write writes what is frozen.
func (f *frozen) write(t testing.TB) {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintln(&b, "# A piece of PyPI, written by pypi_test.go: = project version state page's-Requires-Python; - tags of a wheel; : Requires-Python; > Requires-Dist")
	for _, project := range slices.Sorted(maps.Keys(f.pages)) {
		for _, files := range releasesOf(project, f.pages[project]) {
			id, state := release(project, files[0].version), "kept"
			if files[0].Yanked {
				state = "yanked"
			}
			fmt.Fprintf(&b, "= %s %s %s\n", id, state, files[0].RequiresPython)
			for _, w := range files {
				set, _, _ := filename.WheelTags(w.Filename)
				fmt.Fprintf(&b, "- %s\n", set)
			}
			m, known := f.metadata[id]
			if known {
				fmt.Fprintf(&b, ": %s\n", m.RequiresPython)
			}
			for _, r := range m.Requires {
				fmt.Fprintf(&b, "> %s\n", r)
			}
		}
	}
	if err := os.WriteFile(frozenPyPI, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

// record freezes what all requirements look at.
func record(t testing.TB) *frozen {
	t.Helper()
	f := &frozen{pages: map[name.Name][]File{}, metadata: map[string]Metadata{}, live: true}
	for _, set := range readRequirementSets(t) {
		for _, text := range frozenTargets {
			ours(t.Context(), t, f, mustTarget(t, text), set)
		}
		t.Logf("%s: %d projects, %d releases", set.about, len(f.pages), len(f.metadata))
	}
	f.trim(t)
	f.write(t)
	return f
}

// frozenWheels are the best wheels of a release for the targets.
func frozenWheels(t testing.TB, files []listed) []listed {
	var wheels []listed
	for _, text := range frozenTargets {
		on := mustTarget(t, text)
		var best *listed
		rank := 0
		for i := range files {
			if files[i].wheel == nil {
				continue
			}
			if r, fits := on.Rank(files[i].wheel.Tags); fits && (best == nil || better(&files[i], r, best, rank)) {
				best, rank = &files[i], r
			}
		}
		if best != nil && !slices.ContainsFunc(wheels, func(w listed) bool { return w.Filename == best.Filename }) {
			wheels = append(wheels, *best)
		}
	}
	return wheels
}

// ServeHTTP is an index with the frozen releases, for uv and pip.
func (f *frozen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if project, ok := strings.CutPrefix(r.URL.Path, "/simple/"); ok {
		f.servePage(w, r, name.Name(strings.Trim(project, "/")))
		return
	}
	file, ok := strings.CutSuffix(path.Base(r.URL.Path), ".metadata")
	wheel, err := filename.ParseWheel(file)
	if !ok || err != nil {
		http.NotFound(w, r)
		return
	}
	f.serveMetadata(w, r, file, wheel)
}

func (f *frozen) servePage(w http.ResponseWriter, r *http.Request, project name.Name) {
	files, err := f.Files(r.Context(), project)
	if err != nil || len(files) == 0 {
		http.NotFound(w, r)
		return
	}
	type entry struct {
		Filename string            `json:"filename"`
		URL      string            `json:"url"`
		Hashes   map[string]string `json:"hashes"`
		Python   string            `json:"requires-python,omitempty"`
		Yanked   bool              `json:"yanked"`
		Metadata bool              `json:"core-metadata"`
	}
	entries := []entry{}
	for _, file := range files {
		if strings.HasSuffix(file.Filename, ".whl") {
			entries = append(entries, entry{file.Filename, "/files/" + file.Filename, map[string]string{"sha256": file.SHA256}, file.RequiresPython, file.Yanked, true})
		}
	}
	w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
	json.NewEncoder(w).Encode(map[string]any{"meta": map[string]string{"api-version": "1.0"}, "name": project, "files": entries})
}

func (f *frozen) serveMetadata(w http.ResponseWriter, r *http.Request, file string, wheel filename.Wheel) {
	files, err := f.Files(r.Context(), wheel.Name)
	i := slices.IndexFunc(files, func(f File) bool { return f.Filename == file })
	if err != nil || i < 0 {
		http.NotFound(w, r)
		return
	}
	m, err := f.Metadata(r.Context(), wheel.Name, files[i])
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	fmt.Fprintf(w, "Metadata-Version: 2.1\nName: %s\nVersion: %s\n", wheel.Name, wheel.Version)
	if m.RequiresPython != "" {
		fmt.Fprintf(w, "Requires-Python: %s\n", m.RequiresPython)
	}
	var extras []string
	for _, text := range m.Requires {
		fmt.Fprintf(w, "Requires-Dist: %s\n", text)
		for _, part := range strings.Split(text, "extra == ")[1:] {
			extras = append(extras, strings.FieldsFunc(part, func(c rune) bool { return c == '"' || c == '\'' })[0])
		}
	}
	slices.Sort(extras)
	for _, extra := range slices.Compact(extras) {
		fmt.Fprintf(w, "Provides-Extra: %s\n", extra)
	}
}

// ours is what Resolve answers, "none" for no solution.
func ours(ctx context.Context, t testing.TB, f *frozen, on target.Target, set requirementSet) (answer string, why error) {
	pins, err := Resolve(ctx, f, on, parseRequirements(t, set.requires...), map[name.Name]version.Version{})
	if errors.As(err, new(*Error)) {
		return "none", err
	} else if err != nil {
		t.Fatalf("%s on %s: %v", set.about, on, err)
	}
	var texts []string
	for _, p := range pins {
		texts = append(texts, fmt.Sprint(p.Name, " ", p.Version))
	}
	return strings.Join(texts, ", "), nil
}
