package venv_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ofiuco/ofiuco/venv"
)

// BenchmarkMake makes environments of the wheels in the folder OFIUCO_WHEELS, such as that which bench/ fetches.
// They are unpacked in OFIUCO_UNPACKED, else anew.
func BenchmarkMake(b *testing.B) {
	packages := benchPackages(b)
	info := hostPython(b)
	for _, mode := range modes {
		b.Run(string(mode), func(b *testing.B) {
			parent := b.TempDir()
			for i := 0; b.Loop(); i++ {
				dir := filepath.Join(parent, "env")
				if _, err := venv.Make(b.Context(), venv.Options{Dir: dir, Interpreter: info, Packages: packages, Mode: mode}); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := os.RemoveAll(dir); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}

func BenchmarkCurrent(b *testing.B) {
	packages := benchPackages(b)
	info := hostPython(b)
	for _, mode := range modes {
		b.Run(string(mode), func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "env")
			if _, err := venv.Make(b.Context(), venv.Options{Dir: dir, Interpreter: info, Packages: packages, Mode: mode}); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, current := venv.Current(dir, ""); !current {
					b.Fatal("the environment is not current")
				}
			}
		})
	}
}

func benchPackages(b *testing.B) []venv.Package {
	dir := os.Getenv("OFIUCO_WHEELS")
	if dir == "" {
		b.Skip("OFIUCO_WHEELS names no folder of wheels")
	}
	store := os.Getenv("OFIUCO_UNPACKED")
	if store == "" {
		store = b.TempDir()
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil {
		b.Fatal(err)
	}
	var packages []venv.Package
	for _, path := range paths {
		archive, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		packages = append(packages, unpackedArchive(b, store, filepath.Base(path), archive))
	}
	if len(packages) == 0 {
		b.Fatal("there is no wheel in " + dir)
	}
	return packages
}
