package selection

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/lock"
)

// TestPip asks pip itself, which reads PyPI's pages, which wheel of each selected release it would install on a target.
// It needs the network: OFIUCO_NETWORK=1, or for the smallest lock CI=true.
func TestPip(t *testing.T) {
	if os.Getenv("OFIUCO_NETWORK") == "" && os.Getenv("CI") != "true" {
		t.Skip("OFIUCO_NETWORK=1 asks pip about PyPI")
	}
	python := oracle.Python(t)
	for _, l := range realLocks(t) {
		full := os.Getenv("OFIUCO_NETWORK") != "" && (l.label == "torch/uv.lock" || l.label == "science/uv.lock")
		if l.label != "lambda/uv.lock" && !full {
			continue
		}
		for _, where := range []string{"cp312-manylinux_2_34_aarch64", "cp311-manylinux_2_17_x86_64", "cp312-macosx_14_0_arm64"} {
			t.Run(filepath.Dir(l.label)+"/"+where, func(t *testing.T) {
				s, err := Select(l.lock, at(t, where), Options{})
				if err != nil {
					t.Skip(err)
				}
				comparePip(t, python, s)
			})
		}
	}
}

func comparePip(t *testing.T, python string, s *Selection) {
	t.Helper()
	folder := t.TempDir()
	report := filepath.Join(folder, "report.json")
	abi, _, _ := strings.Cut(s.Target.String(), "-")
	arguments := []string{"-m", "pip", "--isolated", "install", "--quiet", "--disable-pip-version-check", "--dry-run", "--ignore-installed",
		"--no-deps", "--only-binary=:all:", "--target=" + folder, "--report=" + report,
		"--python-version=" + s.Target.FullPython(), "--implementation=cp", "--abi=" + abi, "--abi=abi3", "--abi=none"}
	platforms := map[string]bool{}
	for _, tag := range s.Target.Tags() {
		if _, platform, _ := strings.Cut(tag.String()[strings.Index(tag.String(), "-")+1:], "-"); !platforms[platform] && platform != "any" {
			platforms[platform] = true
			arguments = append(arguments, "--platform="+platform)
		}
	}
	want := map[string]string{}
	for _, p := range s.Packages {
		if p.Artifact.Kind == lock.Wheel {
			want[p.Name.String()] = p.Artifact.Filename
			arguments = append(arguments, p.Name.String()+"=="+p.Version.String())
		}
	}
	if output, err := exec.Command(python, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	data, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Install []struct {
			Metadata struct{ Name string }
			Download struct {
				URL string
			} `json:"download_info"`
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Install) != len(want) {
		t.Errorf("pip installs %d packages, want %d", len(answer.Install), len(want))
	}
	for _, installed := range answer.Install {
		ours := want[strings.NewReplacer("_", "-", ".", "-").Replace(strings.ToLower(installed.Metadata.Name))]
		if file := path.Base(installed.Download.URL); !strings.EqualFold(file, ours) {
			t.Errorf("%s: pip takes %s, we take %s", installed.Metadata.Name, file, ours)
		}
	}
	t.Logf("%d wheels", len(want))
}
