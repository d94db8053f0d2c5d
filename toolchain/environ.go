package toolchain

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// environ are variables by name.
type environ map[string]string

// set gives a variable its value. One without a value is not set.
func (e *environ) set(name, value string) {
	if *e == nil {
		*e = environ{}
	}
	if value != "" {
		(*e)[name] = value
	}
}

func (e environ) list() []string {
	list := make([]string, 0, len(e))
	for _, name := range slices.Sorted(maps.Keys(e)) {
		list = append(list, name+"="+e[name])
	}
	return list
}

// environ are all variables of the toolchain.
func (f *finder) environ() []string {
	all := maps.Clone(f.pinned)
	maps.Copy(all, f.places)
	return all.list()
}

// digest writes t.Digest.
func (f *finder) digest(ctx context.Context, t *Toolchain) error {
	h := sha256.New()
	add := func(texts ...string) {
		for _, text := range texts {
			text = strings.ReplaceAll(text, f.dir, "DIR")
			if f.Sysroot != "" {
				text = strings.ReplaceAll(text, f.Sysroot, "SYSROOT")
			}
			fmt.Fprintf(h, "%d\n%s\n", len(text), text)
		}
	}
	add(f.Target.String())
	add(f.versions...)
	add(f.rustVersion(ctx))
	add(f.pinned.list()...)
	err := filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		add(path, string(data))
		return err
	})
	if err != nil {
		return fmt.Errorf("reading the toolchain's own files: %w", err)
	}
	if f.Sysroot != "" {
		if err := identify(h, f.Sysroot); err != nil {
			return fmt.Errorf("reading the sysroot: %w", err)
		}
	}
	t.Digest = hex.EncodeToString(h.Sum(nil))
	return nil
}

// installed are the files in which package managers list what is installed: dpkg, apk, rpm.
var installed = []string{"var/lib/dpkg/status", "lib/apk/db/installed", "var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/rpmdb.sqlite"}

// identify writes what tells a sysroot from another.
func identify(w io.Writer, sysroot string) error {
	for _, name := range installed {
		if data, err := os.ReadFile(filepath.Join(sysroot, name)); err == nil {
			fmt.Fprintf(w, "%s\n%x\n", name, sha256.Sum256(data))
			return nil
		}
	}
	for _, folder := range []string{"include", "lib", "lib64", "usr/include", "usr/lib", "usr/lib64"} {
		top := filepath.Join(sysroot, folder)
		if info, err := os.Lstat(top); err != nil || !info.IsDir() {
			continue // lib is a link to usr/lib where /usr is merged
		}
		err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			relative, err := filepath.Rel(sysroot, path)
			fmt.Fprintf(w, "%q %d %d\n", relative, info.Size(), info.ModTime().UnixNano())
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
