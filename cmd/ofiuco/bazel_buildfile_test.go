package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/internal/indextest"
)

// TestBazelDownloads lists the files of targets for Bazel's downloader, of a lock that names the files and not where they
// are.
func TestBazelDownloads(t *testing.T) {
	index := indextest.New(t, indextest.Options{})
	sums := map[string]string{}
	var files strings.Builder
	for _, file := range []string{
		"alpha-1.0-cp312-cp312-manylinux_2_17_aarch64.whl", "alpha-1.0-cp312-cp312-win_amd64.whl", "alpha-1.0-cp311-cp311-win_amd64.whl",
	} {
		sums[file] = index.Add(file, []byte(file))
		fmt.Fprintf(&files, "{file = %q, hash = \"sha256:%s\"},\n", file, sums[file])
	}
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"poetry.lock": fmt.Sprintf(`[[package]]
name = "alpha"
version = "1.0"
description = ""
optional = false
python-versions = ">=3.8"
groups = ["main"]
files = [
%s]
[package.source]
type = "legacy"
url = %q
reference = "mirror"

[metadata]
lock-version = "2.1"
python-versions = ">=3.8"
content-hash = "%064d"
`, files.String(), strings.Replace(index.URL, "http://", "http://user:secret@", 1), 0),
		"in.json": fmt.Sprintf(`{"lock": %q, "lock_label": "@//:poetry.lock", "output": %q, "downloader": ["cp312-win_amd64", "cp312-manylinux_2_28_aarch64"]}`,
			filepath.Join(dir, "poetry.lock"), dir),
	})
	got := finish(t, command("bazel", "buildfile", filepath.Join(dir, "in.json")))
	if got.status != 0 {
		t.Fatal(got.stderr)
	}
	var listed []download
	data, err := os.ReadFile(filepath.Join(dir, "downloads.json"))
	if err != nil || json.Unmarshal(data, &listed) != nil {
		t.Fatalf("%s: %v", data, err)
	}
	want := map[string]string{}
	for file, sum := range sums {
		if !strings.Contains(file, "cp311") {
			want[index.FileURL(file)+" "+sum] = "downloads/" + sum + "/" + file
		}
	}
	have := map[string]string{}
	for _, d := range listed {
		have[d.URLs[0]+" "+d.SHA256] = d.Path
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
	build, err := os.ReadFile(filepath.Join(dir, "BUILD.bazel"))
	for _, path := range want {
		if !strings.Contains(string(build), `":`+path+`"`) {
			t.Errorf("the package does not have %s as data: %v\n%s", path, err, build)
		}
	}
	if strings.Contains(string(build)+string(data), "secret") {
		t.Error("a password is written down")
	}
}
