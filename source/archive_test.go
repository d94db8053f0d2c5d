package source_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ulikunitz/xz"

	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
	"github.com/ofiuco/ofiuco/source"
)

func lie(n int64) *int64 { return &n }

var good = entry{name: "alpha-1.0/PKG-INFO", data: "Name: alpha\n"}

// TestHostileTar has the rows of archives that harm, or that readers differ on. Each must be refused with these words.
func TestHostileTar(t *testing.T) {
	long := strings.Repeat("a", 300)
	for _, c := range []struct {
		name  string
		parts []any
		want  string
	}{
		{"climb", []any{good, entry{name: "../evil"}}, "not clean"},
		{"climb_inside", []any{good, entry{name: "alpha-1.0/../../evil"}}, "not clean"},
		{"climb_within", []any{good, entry{name: "alpha-1.0/x/../y"}}, "not clean"},
		{"climb_folder", []any{good, entry{name: "../evil/", kind: '5'}}, "not clean"},
		{"climb_prefix", []any{good, entry{name: "evil", change: func(b []byte) { copy(b[345:], "..") }}}, "not clean"},
		{"absolute", []any{good, entry{name: "/etc/evil"}}, "absolute"},
		{"drive", []any{good, entry{name: "C:/evil"}}, "drive letter"},
		{"backslash", []any{good, entry{name: `alpha-1.0\..\..\evil`}}, "backslash"},
		{"control", []any{good, entry{name: "alpha-1.0/a\nb"}}, "control character"},
		{"not_utf8", []any{good, entry{name: "alpha-1.0/\xe9"}}, "not UTF-8"},
		{"no_name", []any{good, entry{}}, "no name"},
		{"element", []any{good, pax("path=alpha-1.0/" + long), entry{name: "x"}}, "longer than 255"},
		{"deep", []any{good, pax("path=" + strings.Repeat("a/", 200) + "a"), entry{name: "x"}}, "in more than 100 folders"},
		{"link_absolute", []any{good, entry{name: "alpha-1.0/l", kind: '2', link: "/etc/passwd"}}, "absolute path"},
		{"link_out", []any{good, entry{name: "alpha-1.0/l", kind: '2', link: "../../evil"}}, "leaves the source"},
		{"link_above_top", []any{good, entry{name: "alpha-1.0/l", kind: '2', link: "../alpha-1.0/PKG-INFO"}}, "leaves the source"},
		{"link_windows", []any{good, entry{name: "alpha-1.0/l", kind: '2', link: `..\..\evil`}}, "backslash"},
		{"link_by_later", []any{
			good, entry{name: "alpha-1.0/d/m", kind: '2', link: "x/../../../.."}, entry{name: "alpha-1.0/d/x", kind: '2', link: "e/f"},
		}, "leaves the source"},
		{"link_by_links", []any{
			good, entry{name: "alpha-1.0/d/x", kind: '2', link: "../.."}, entry{name: "alpha-1.0/d/y", kind: '2', link: "x/evil"},
		}, "leaves the source"},
		{"link_hidden", []any{
			// Cut short as text, y stays inside; by way of x it does not.
			good, entry{name: "alpha-1.0/x", kind: '2', link: "."}, entry{name: "alpha-1.0/y", kind: '2', link: "x/.."},
		}, "leaves the source"},
		{"link_loop", []any{good, entry{name: "alpha-1.0/x", kind: '2', link: "y"}, entry{name: "alpha-1.0/y", kind: '2', link: "x"}}, "never ends"},
		{"link_grows", []any{good, entry{name: "alpha-1.0/x", kind: '2', link: "x/x/x/x"}}, "never ends"},
		{"through_link", []any{good, entry{name: "alpha-1.0/l", kind: '2', link: "."}, entry{name: "alpha-1.0/l/evil"}}, "lies under"},
		{"through_link_out", []any{good, entry{name: "alpha-1.0/l", kind: '2', link: "../.."}, entry{name: "alpha-1.0/l/evil"}}, "lies under"},
		{"through_file", []any{good, entry{name: "alpha-1.0/PKG-INFO/evil"}}, "lies under"},
		{"folder_over_link", []any{good, entry{name: "alpha-1.0/l", kind: '2', link: "."}, entry{name: "alpha-1.0/l/", kind: '5'}}, "lies under"},
		{"file_over_folder", []any{good, entry{name: "alpha-1.0"}}, "has a folder"},
		{"file_over_link", []any{entry{name: "a/x", kind: '2', link: "y"}, entry{name: "a/x", data: "x"}}, "there twice"},
		{"link_over_file", []any{entry{name: "a/x", data: "x"}, entry{name: "a/x", kind: '2', link: "y"}}, "there twice"},
		{"link_twice", []any{entry{name: "a/x", kind: '2', link: "y"}, entry{name: "a/x", kind: '2', link: "y"}}, "there twice"},
		{"file_over_linked", []any{good, entry{name: "a/h", kind: '1', link: good.name}, good}, "there twice"},
		{"hardlink_out", []any{good, entry{name: "alpha-1.0/h", kind: '1', link: "../../evil"}}, "not clean"},
		{"hardlink_absolute", []any{good, entry{name: "alpha-1.0/h", kind: '1', link: "/etc/passwd"}}, "absolute"},
		{"hardlink_dangling", []any{good, entry{name: "alpha-1.0/h", kind: '1', link: "alpha-1.0/later"}, entry{name: "alpha-1.0/later"}}, "no file that the archive had"},
		{"hardlink_to_link", []any{
			good, entry{name: "alpha-1.0/l", kind: '2', link: "PKG-INFO"}, entry{name: "alpha-1.0/h", kind: '1', link: "alpha-1.0/l"},
		}, "no file that the archive had"},
		{"hardlink_size", []any{good, entry{name: "alpha-1.0/h", kind: '1', link: "alpha-1.0/PKG-INFO", data: "evil"}}, "of its own"},
		{"character_device", []any{good, entry{name: "alpha-1.0/null", kind: '3'}}, "a device or a pipe"},
		{"block_device", []any{good, entry{name: "alpha-1.0/sda", kind: '4'}}, "a device or a pipe"},
		{"fifo", []any{good, entry{name: "alpha-1.0/pipe", kind: '6'}}, "a device or a pipe"},
		{"type", []any{good, entry{name: "alpha-1.0/x", kind: 'V'}}, "of a type"},
		{"sparse", []any{good, entry{name: "alpha-1.0/x", kind: 'S'}}, "of a type"},
		{"sparse_pax", []any{good, pax("GNU.sparse.major=1", "GNU.sparse.minor=0"), entry{name: "alpha-1.0/x"}}, "sparse"},
		{"pax_path", []any{good, pax("path=../evil"), entry{name: "alpha-1.0/x"}}, "not clean"},
		{"pax_path_absolute", []any{good, pax("path=/evil"), entry{name: "alpha-1.0/x"}}, "absolute"},
		{"pax_path_nul", []any{good, pax("path=alpha-1.0/a\x00b"), entry{name: "alpha-1.0/x"}}, "NUL"},
		{"pax_path_empty", []any{good, pax("path="), entry{name: "alpha-1.0/x"}}, "empty name"},
		{"pax_path_twice", []any{good, pax("path=alpha-1.0/a", "path=alpha-1.0/b"), entry{name: "alpha-1.0/x"}}, "second name"},
		{"pax_and_gnu", []any{good, extension('L', "alpha-1.0/a\x00"), pax("path=alpha-1.0/b"), entry{name: "alpha-1.0/x"}}, "second name"},
		{"pax_link", []any{good, pax("linkpath=../../evil"), entry{name: "alpha-1.0/x", kind: '2', link: "PKG-INFO"}}, "leaves the source"},
		{"pax_size", []any{good, pax("size=0"), entry{name: "alpha-1.0/x", data: entry{name: "alpha-1.0/evil"}.String()}}, "two sizes"},
		{"pax_size_more", []any{good, pax("size=1024"), entry{name: "alpha-1.0/x", data: "x"}}, "two sizes"},
		{"pax_size_twice", []any{good, pax("size=1", "size=1"), entry{name: "alpha-1.0/x", data: "x"}}, "no size, or two"},
		{"pax_size_negative", []any{good, pax("size=-1"), entry{name: "alpha-1.0/x"}}, "no size, or two"},
		{"pax_global_path", []any{extension('g', paxRecords("path=alpha-1.0/x")), good}, "for all its members"},
		{"pax_global_size", []any{extension('g', paxRecords("size=0")), good}, "for all its members"},
		{"pax_length", []any{good, extension('x', "99 path=a\n"), entry{name: "alpha-1.0/x"}}, "can't be read"},
		{"pax_sign", []any{good, extension('x', "+10 path=a\n"), entry{name: "alpha-1.0/x"}}, "can't be read"},
		{"pax_no_value", []any{good, extension('x', "8 path\n\n"), entry{name: "alpha-1.0/x"}}, "can't be read"},
		{"pax_alone", []any{good, pax("path=alpha-1.0/x")}, "no member"},
		{"pax_huge", []any{good, entry{name: "x", kind: 'x', size: lie(1 << 30)}}, "more than 1048576"},
		{"gnu_name", []any{good, extension('L', "../evil\x00"), entry{name: "alpha-1.0/x"}}, "not clean"},
		{"gnu_link", []any{good, extension('K', "/etc\x00"), entry{name: "alpha-1.0/x", kind: '2'}}, "absolute"},
		{"gnu_prefix", []any{good, entry{name: "alpha-1.0/x", change: func(b []byte) { copy(b[257:], "ustar  \x00"); b[345] = 'p' }}}, "no room for"},
		{"file_named_folder", []any{good, entry{name: "alpha-1.0/x/", data: "x"}}, "name of a folder"},
		{"folder_size", []any{good, entry{name: "alpha-1.0/x/", kind: '5', data: "x"}}, "of its own"},
		{"sum", []any{good, entry{name: "alpha-1.0/x", badSum: true}}, "no tar header"},
		{"size_negative", []any{good, entry{name: "alpha-1.0/x", change: func(b []byte) { copy(b[124:], "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff") }}}, "no number"},
		{"size_huge", []any{good, entry{name: "alpha-1.0/x", size: lie(1 << 32)}}, "inflates to more"},
		{"size_text", []any{good, entry{name: "alpha-1.0/x", change: func(b []byte) { copy(b[124:], "evil") }}}, "no number"},
		{"trailing", []any{good, strings.Repeat("\x00", 1024), "evil"}, "after its end"},
		{"trailing_archive", []any{good, strings.Repeat("\x00", 1024), entry{name: "alpha-1.0/setup.py"}}, "after its end"},
		{"trailing_block", []any{good, strings.Repeat("\x00", 512), entry{name: "alpha-1.0/setup.py"}}, "after its end"},
		{"empty", nil, "no files"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, filename := range []string{"alpha-1.0.tar", "alpha-1.0.tar.gz"} {
				data := tarOf(c.parts...)
				if strings.HasSuffix(filename, ".gz") {
					data = gzipOf(data)
				}
				_, _, err := unpack(t, data, filename)
				wantRefusal(t, err, filename, c.want)
			}
		})
	}
}

func wantRefusal(t *testing.T, err error, filename, want string) {
	t.Helper()
	var fault *source.Error
	if !errors.As(err, &fault) || !strings.Contains(err.Error(), want) || fault.Source != filename {
		t.Errorf("got %v, want a refusal of %s with %q", err, filename, want)
		return
	}
	if strings.ContainsFunc(strings.ReplaceAll(err.Error(), "\n", ""), func(r rune) bool { return r < ' ' }) {
		t.Errorf("a control character in %q", err)
	}
}

// TestAcceptedTar has archives that are unusual but fine.
func TestAcceptedTar(t *testing.T) {
	for _, c := range []struct {
		name  string
		parts []any
		top   string
		want  []string
	}{
		{"plain", []any{good}, "alpha-1.0", []string{"alpha-1.0/", `alpha-1.0/PKG-INFO f "Name: alpha\n"`}},
		{"dot", []any{entry{name: "./", kind: '5'}, entry{name: "./a/", kind: '5'}, entry{name: "./a//./b"}}, "a", []string{"a/", `a/b f ""`}},
		{"two_tops", []any{entry{name: "a/x"}, entry{name: "b/x"}}, ".", []string{"a/", `a/x f ""`, "b/", `b/x f ""`}},
		{"file_at_top", []any{entry{name: "setup.py"}}, ".", []string{`setup.py f ""`}},
		{"github", []any{extension('g', paxRecords("comment="+strings.Repeat("a", 40))), entry{name: "a/x"}}, "a", []string{"a/", `a/x f ""`}},
		{"modes", []any{entry{name: "a/x", mode: 0o6755}, entry{name: "a/y", mode: 0o010}, entry{name: "a/z/", kind: '5', mode: 0o1000}}, "a",
			[]string{"a/", `a/x x ""`, `a/y f ""`, "a/z/"}},
		{"link", []any{entry{name: "a/b/l", kind: '2', link: "../c"}, entry{name: "a/c", data: "c"}}, "a", []string{"a/", "a/b/", "a/b/l -> ../c", `a/c f "c"`}},
		{"link_dangling", []any{entry{name: "a/l", kind: '2', link: "none"}, entry{name: "a/c"}}, "a", []string{"a/", `a/c f ""`, "a/l -> none"}},
		{"hardlink", []any{entry{name: "a/x", data: "x", mode: 0o755}, entry{name: "a/h", kind: '1', link: "./a/x"}}, "a", []string{"a/", `a/h x "x"`, `a/x x "x"`}},
		{"twice", []any{entry{name: "a/x", data: "old", mode: 0o755}, entry{name: "a/x", data: "new"}}, "a", []string{"a/", `a/x f "new"`}},
		{"pax", []any{pax("path=a/é", "mtime=1.5", "size=1"), entry{name: "x", data: "x"}}, "a", []string{"a/", `a/é f "x"`}},
		{"gnu", []any{extension('L', "a/"+strings.Repeat("b", 150)+"\x00"), entry{name: "x"}}, "a", []string{"a/", "a/" + strings.Repeat("b", 150) + ` f ""`}},
		{"v7", []any{entry{name: "a/", kind: 0xff, change: func(b []byte) { b[156] = 0; clear(b[257:]) }},
			entry{name: "a/x", change: func(b []byte) { b[156] = 0; clear(b[257:]) }}}, "a", []string{"a/", `a/x f ""`}},
		{"binary_size", []any{entry{name: "a/x", data: "x", change: func(b []byte) { copy(b[124:], "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01") }}}, "a",
			[]string{"a/", `a/x f "x"`}},
		{"padding", []any{good, strings.Repeat("\x00", 10240)}, "alpha-1.0", []string{"alpha-1.0/", `alpha-1.0/PKG-INFO f "Name: alpha\n"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, root, err := unpack(t, gzipOf(tarOf(c.parts...)), "alpha-1.0.tgz")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, listing(t, dir)); diff != "" {
				t.Error(diff)
			}
			if root != filepath.Join(dir, c.top) {
				t.Errorf("root is %s in %s, want %s", root, dir, c.top)
			}
		})
	}
}

// TestModesAndTimes holds for every umask.
func TestModesAndTimes(t *testing.T) {
	withUmask(t, 0o077)
	dir, _, err := unpack(t, tarOf(
		entry{name: "a/old", modified: 1}, entry{name: "a/new", modified: 1 << 32, mode: 0o755},
		pax("mtime=1600000000.25"), entry{name: "a/exact", mode: 0o600}, entry{name: "a/locked/", kind: '5', mode: 0o000},
	), "a.tar")
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{
		"a/old": "-rw-r--r-- 1980-01-02T00:00:00Z", "a/new": "-rwxr-xr-x 2106-02-07T06:28:16Z",
		"a/exact": "-rw-r--r-- 2020-09-13T12:26:40.25Z", "a": "drwxr-xr-x", "a/locked": "drwxr-xr-x",
	} {
		info, err := os.Stat(filepath.Join(dir, at))
		if err != nil {
			t.Fatal(err)
		}
		got := info.Mode().String()
		if !info.IsDir() {
			got += " " + info.ModTime().UTC().Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%s is %s, want %s", at, got, want)
		}
	}
}

func TestFormats(t *testing.T) {
	plain := tarOf(good)
	var packed bytes.Buffer
	w, err := xz.NewWriter(&packed)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(plain)
	w.Close()
	compressed := gzipOf(plain)
	flipped := slices.Clone(compressed)
	flipped[len(flipped)-6] ^= 1 // in the CRC-32
	for _, c := range []struct {
		filename string
		data     []byte
		want     string // "" when it is accepted
	}{
		{"a.tar", plain, ""},
		{"a.tar.gz", compressed, ""},
		{"A.TAR.GZ", compressed, ""},
		{"a.tgz", slices.Concat(gzipOf(plain[:700]), gzipOf(plain[700:])), ""},
		{"a.tar.xz", packed.Bytes(), ""},
		{"a.txz", slices.Concat(packed.Bytes(), make([]byte, 4)), ""},
		{"a.tar.gz", plain, "no gzip file"},
		{"a.tar.gz", flipped, "can't be inflated"},
		{"a.tar.gz", compressed[:len(compressed)-9], "can't be inflated"},
		{"a.tar.gz", slices.Concat(compressed, []byte("evil")), "can't be inflated"},
		{"a.tar.gz", slices.Concat(compressed, compressed), "after its end"},
		{"a.tar.xz", compressed, "no xz file"},
		{"a.tar.xz", packed.Bytes()[:packed.Len()-4], "ends early"},
		{"a.tar.xz", slices.Concat(packed.Bytes(), []byte("evil")), "ends early"},
		{"a.tar.bz2", compressed, "can't be inflated"},
		{"a.tar", plain[:520], "in the middle"},
		{"a.tar.zst", plain, "PEP 625"},
		{"a.tar.Z", plain, "PEP 625"},
		{"a.whl", plain, "PEP 625"},
		{"a.zip", plain, "no zip"},
		{"a.zip", nil, "no zip"},
		{"a.tar", nil, "no files"},
	} {
		_, root, err := unpack(t, c.data, c.filename)
		if c.want != "" {
			wantRefusal(t, err, c.filename, c.want)
		} else if err != nil || filepath.Base(root) != "alpha-1.0" {
			t.Errorf("%s: %v, %s", c.filename, err, root)
		}
	}
}

func TestZip(t *testing.T) {
	folder := zipPart{zip.FileHeader{Name: "a/empty/"}, ""}
	dir, root, err := unpack(t, zipOf(t,
		zipFile("a/x", "xx"), zipMode("a/run", "r", 0o755), folder, zipMode("a/l", "../a/x", fs.ModeSymlink|0o777),
	), "a.zip")
	wantRefusal(t, err, "a.zip", "leaves the source")
	dir, root, err = unpack(t, zipOf(t,
		zipFile("a/x", "xx"), zipMode("a/run", "r", 0o755), folder, zipMode("a/l", "x", fs.ModeSymlink|0o777),
	), "a.zip")
	if err != nil || root != filepath.Join(dir, "a") {
		t.Fatal(root, err)
	}
	want := []string{"a/", "a/empty/", "a/l -> x", `a/run x "r"`, `a/x f "xx"`}
	if diff := cmp.Diff(want, listing(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestHostileZip(t *testing.T) {
	plain := zipOf(t, zipFile("a/x", "xx"))
	stored := zipOf(t, zipPart{zip.FileHeader{Name: "a/x"}, "content"})
	encrypted := zipFile("a/x", "xx")
	encrypted.header.Flags = 1
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"climb", zipOf(t, zipFile("../evil", "x")), "not clean"},
		{"absolute", zipOf(t, zipFile("/evil", "x")), "absolute"},
		{"backslash", zipOf(t, zipFile(`a\..\evil`, "x")), "backslash"},
		{"drive", zipOf(t, zipFile("C:evil", "x")), "drive letter"},
		{"control", zipOf(t, zipFile("a/\x1b[2J", "x")), "control character"},
		{"link_out", zipOf(t, zipFile("a/x", ""), zipMode("a/l", "../../evil", fs.ModeSymlink)), "leaves the source"},
		{"link_absolute", zipOf(t, zipFile("a/x", ""), zipMode("a/l", "/etc", fs.ModeSymlink)), "absolute"},
		{"link_long", zipOf(t, zipFile("a/x", ""), zipMode("a/l", strings.Repeat("x/", 4000), fs.ModeSymlink)), "more than 4096"},
		{"through_link", zipOf(t, zipMode("a/l", ".", fs.ModeSymlink), zipFile("a/l/x", "")), "lies under"},
		{"device", zipOf(t, zipMode("a/null", "", fs.ModeDevice|fs.ModeCharDevice)), "is a device"},
		{"fifo", zipOf(t, zipMode("a/pipe", "", fs.ModeNamedPipe)), "is a device"},
		{"twice", zipOf(t, zipFile("a/x", "1"), zipFile("a/x", "2")), "there twice"},
		{"twice_folder", zipOf(t, zipFile("a/x", "1"), zipFile("a/x/", "")), "there twice"},
		{"file_is_folder", zipOf(t, zipFile("a/x", "1"), zipFile("a/x/y", "")), "lies under"},
		{"folder_mode", zipOf(t, zipMode("a/x", "", fs.ModeDir|0o755)), "not by both"},
		{"encrypted", zipOf(t, encrypted), "encrypted"},
		{"method", patched(stored, "PK\x01\x02", 10, 99), "compression method 99"},
		{"crc", bytes.Replace(stored, []byte("content"), []byte("c0ntent"), 1), "checksum error"},
		{"prefix", slices.Concat([]byte("#!/bin/sh\n"), plain), "does not end where"},
		{"trailing", slices.Concat(plain, []byte("evil")), "after its end"},
		{"cut", plain[:len(plain)-5], "after its end"},
		{"empty", zipOf(t), "does not begin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := unpack(t, c.data, "a.zip")
			wantRefusal(t, err, "a.zip", c.want)
		})
	}
}

// patched changes the byte so far behind the last mark.
func patched(data []byte, mark string, offset int, to byte) []byte {
	changed := slices.Clone(data)
	changed[bytes.LastIndex(changed, []byte(mark))+offset] = to
	return changed
}

// TestBombs has just more zeros than a small archive may hold, however packed.
func TestBombs(t *testing.T) {
	const size = 65 << 20
	zeros := make([]byte, size)
	header := entry{name: "a/zeros", size: lie(size)}.String()
	bomb := slices.Concat([]byte(header), zeros, make([]byte, 1024))
	var packed bytes.Buffer
	w, err := xz.NewWriter(&packed)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(bomb)
	w.Close()
	hardlinks := []any{entry{name: "a/x", data: strings.Repeat("x", 1<<20)}}
	for i := range 100 {
		hardlinks = append(hardlinks, entry{name: fmt.Sprintf("a/%d", i), kind: '1', link: "a/x"})
	}
	for filename, data := range map[string][]byte{
		"a.tar.gz": gzipOf(bomb),
		"b.tar.gz": gzipOf(slices.Concat(tarOf(good), zeros)), // after the end
		"a.tar.xz": packed.Bytes(),
		"a.zip":    zipOf(t, zipFile("a/zeros", string(zeros))),
		"h.tar.gz": gzipOf(tarOf(hardlinks...)),
	} {
		dir, _, err := unpack(t, data, filename)
		wantRefusal(t, err, filename, "inflates to more than 64 MiB and 50 times")
		var written int64
		filepath.WalkDir(dir, func(_ string, d fs.DirEntry, _ error) error {
			if info, err := d.Info(); err == nil && !d.IsDir() {
				written += info.Size()
			}
			return nil
		})
		if written > 64<<20 {
			t.Errorf("%s: %d bytes were written", filename, written)
		}
	}
}

// TestXZMemory has a dictionary that a reader would allot 4 GiB for.
func TestXZMemory(t *testing.T) {
	var packed bytes.Buffer
	w, err := xz.NewWriter(&packed)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(tarOf(good))
	w.Close()
	data := packed.Bytes()
	at := bytes.Index(data[:64], []byte{0x21, 0x01})
	if at < 0 {
		t.Fatal("no LZMA2 filter")
	}
	data[at+2] = 40
	_, _, err = unpack(t, data, "a.tar.xz")
	wantRefusal(t, err, "a.tar.xz", "64 MiB of memory")
}

func TestUnpackSdist(t *testing.T) {
	for _, c := range []struct {
		top, want string
	}{
		{"alpha_beta-1.0", ""},
		{"Alpha.Beta-1.0.0", ""},
		{"alpha-beta-v1", ""},
		{"alpha_beta-1.1", "not one of alpha-beta 1.0"},
		{"alpha-1.0", "not one of alpha-beta 1.0"},
		{"alpha_beta", "not one of alpha-beta 1.0"},
		{"", "not one folder"},
	} {
		archive := filepath.Join(t.TempDir(), "archive")
		if err := os.WriteFile(archive, tarOf(entry{name: c.top + "/x"}, entry{name: strings.TrimPrefix(c.top+"/y", "/")}), 0o600); err != nil {
			t.Fatal(err)
		}
		if c.top == "" {
			if err := os.WriteFile(archive, tarOf(entry{name: "x"}, entry{name: "y"}), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		v, err := version.Parse("1.0")
		if err != nil {
			t.Fatal(err)
		}
		_, err = source.UnpackSdist(t.Context(), archive, "alpha_beta-1.0.tar", t.TempDir(), name.Normalize("alpha-beta"), v)
		if c.want != "" {
			wantRefusal(t, err, "alpha_beta-1.0.tar", c.want)
		} else if err != nil {
			t.Error(c.top, err)
		}
	}
}

func TestUnpackCancelled(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "archive")
	if err := os.WriteFile(archive, tarOf(good), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := source.Unpack(ctx, archive, "a.tar", t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestSubdirectory(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "packages", "alpha"), 0o755); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"out": "..", "in": "packages/alpha", "absolute": root} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for sub, want := range map[string]string{
		"": root, "packages/alpha": root + "/packages/alpha", "packages//alpha/": root + "/packages/alpha", "in": root + "/packages/alpha", ".": root,
		"..": "", "../x": "", "packages/../..": "", "/etc": "", "out": "", "absolute": "", "none": "", "file": "", `packages\alpha`: "",
	} {
		got, err := source.Subdirectory(root, sub)
		if got != filepath.FromSlash(want) || (err == nil) != (want != "") {
			t.Errorf("%q: %s, %v; want %s", sub, got, err, want)
		}
	}
}
