package wheel_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/wheel"
)

// TestAccepted has wheels that are unusual but fine, and the codes of the oddities noted about them.
func TestAccepted(t *testing.T) {
	short, long := sha256.Sum256([]byte(goodModule)), sha512.Sum512([]byte(goodModule))
	middle := sha512.Sum384([]byte(goodModule))
	both := func(p *part, change func(*header)) { p.local, p.central = change, change }
	for _, c := range []struct {
		name  string
		make  func(*builder)
		codes []string
	}{
		{"plain", func(*builder) {}, nil},
		{"stored", func(b *builder) { b.add("alpha/a.py", "x").method = 0 }, nil},
		{"empty_stored", func(b *builder) { b.add("alpha/a.py", "").method = 0 }, nil},
		{"empty_deflated", func(b *builder) { b.add("alpha/a.py", "") }, nil},
		{"folder", func(b *builder) { b.add("alpha/", "").mode = 0o040755 }, nil},
		{"folder_deflated_empty", func(b *builder) { b.add("alpha/sub/", "") }, nil},
		{"folder_in_record", func(b *builder) { b.add("alpha/sub/", ""); addRow("alpha/sub/,,")(b) }, nil},
		{"unicode", func(b *builder) { b.add("alpha/é😀.py", "x") }, nil},
		{"unicode_twins", func(b *builder) { b.add("alpha/\u00e9.py", "x"); b.add("alpha/e\u0301.py", "y") }, nil},
		{"case_twins", func(b *builder) { b.add("alpha/Readme", "x"); b.add("alpha/README", "y") }, nil},
		{"comma", func(b *builder) { b.add(`alpha/a,"b".txt`, "x") }, nil},
		{"long_element", rename("alpha/" + strings.Repeat("a", 255)), nil},
		{"reserved_on_windows", rename("alpha/aux.py"), nil},
		{"directory_order", func(b *builder) {
			// The central directory names two members in another order than they stand.
			first, second := b.add("alpha/b.py", "x"), b.add("alpha/a.py", "y")
			first.data, second.data = "same size", "size same"
			var one header
			first.central = func(h *header) {
				one = *h
				h.name, h.crc, h.offset = second.name, second.header(0).crc, h.offset+uint32(localLength(first))
			}
			second.central = func(h *header) { *h = one }
		}, nil},
		{"descriptor", func(b *builder) { describedPart(b) }, nil},
		{"descriptor_bare", func(b *builder) { p := describedPart(b); p.tail = p.tail[4:] }, nil},
		{"descriptor_64", func(b *builder) {
			p := describedPart(b)
			h := p.header(0)
			p.tail = "PK\x07\x08" + uint32s(h.crc) + uint64s(uint64(h.compressedSize), uint64(h.size))
		}, nil},
		{"descriptor_bare_64", func(b *builder) {
			p := describedPart(b)
			h := p.header(0)
			p.tail = uint32s(h.crc) + uint64s(uint64(h.compressedSize), uint64(h.size))
		}, nil},
		{"descriptor_told_before", func(b *builder) { describedPart(b).local = func(h *header) { h.flags |= 8 } }, nil},
		{"timestamps", func(b *builder) {
			both(b.add("alpha/a.py", "x"), func(h *header) { h.extra = extraField(0x5455, "\x03aaaabbbb") })
		}, nil},
		{"unicode_extra_true", func(b *builder) {
			both(b.add("alpha/a.py", "x"), func(h *header) { h.extra = extraField(0x7075, "\x01abcdalpha/a.py") })
		}, nil},
		{"comments", func(b *builder) {
			b.add("alpha/a.py", "x").central = func(h *header) { h.comment = "of a member" }
			b.end = func(e *endRecord) { e.comment = "of the archive" }
		}, nil},
		{"zip64", func(b *builder) { b.end = zip64 }, nil},
		{"zip64_beside", func(b *builder) {
			b.end = func(e *endRecord) { narrow := *e; zip64(e); narrow.wide = e.wide; *e = narrow }
		}, nil},
		{"zip64_member", func(b *builder) {
			p := b.add("alpha/a.py", "x")
			h := p.header(0)
			p.local = func(h *header) {
				h.extra = extraField(1, uint64s(uint64(h.size), uint64(h.compressedSize)))
				h.size, h.compressedSize = 0xffffffff, 0xffffffff
			}
			p.central = func(c *header) {
				c.extra = extraField(1, uint64s(uint64(h.size), uint64(h.compressedSize), uint64(c.offset)))
				c.size, c.compressedSize, c.offset = 0xffffffff, 0xffffffff, 0xffffffff
			}
		}, nil},
		{"zip64_local_only", func(b *builder) {
			b.add("alpha/a.py", "x").local = func(h *header) {
				h.extra = extraField(1, uint64s(uint64(h.size), uint64(h.compressedSize)))
				h.size, h.compressedSize = 0xffffffff, 0xffffffff
			}
		}, nil},
		{"twice", func(b *builder) { b.add("alpha/a.py", "x"); b.add("alpha/a.py", "x").unlisted = true }, []string{wheel.CodeTwice}},
		{"twice_stored", func(b *builder) { b.add("alpha/a.py", "x"); b.add("alpha/a.py", "x").method = 0 }, []string{wheel.CodeTwice, wheel.CodeSpelling}},
		{"record_hex", recordOf("sha256=" + hex.EncodeToString(short[:]) + ",58"), []string{wheel.CodeSpelling}},
		{"record_hex_upper", recordOf("sha256=" + strings.ToUpper(hex.EncodeToString(short[:])) + ",58"), []string{wheel.CodeSpelling}},
		{"record_padding", recordOf("sha256=" + base64.URLEncoding.EncodeToString(short[:]) + ",58"), []string{wheel.CodeSpelling}},
		{"record_alphabet", recordOf("sha256=" + base64.StdEncoding.EncodeToString(short[:]) + ",58"), []string{wheel.CodeSpelling}},
		{"record_sha384", recordOf("sha384=" + base64.RawURLEncoding.EncodeToString(middle[:]) + ",58"), nil},
		{"record_sha512", recordOf("sha512=" + base64.RawURLEncoding.EncodeToString(long[:]) + ",58"), nil},
		{"record_no_size", recordOf("sha256=" + digest(goodModule) + ","), nil},
		{"record_no_digest", recordOf(","), []string{wheel.CodeUnlisted}},
		{"record_unlisted", func(b *builder) { b.add("alpha/a.py", "x").unlisted = true }, []string{wheel.CodeUnlisted}},
		{"record_ghost", addRow("alpha/ghost.py,sha256=abc,1"), []string{wheel.CodeGhost}},
		{"record_root_spelled", record(func(text string) string { return "/" + text }), []string{wheel.CodeSpelling}},
		{"record_dot_spelled", record(func(text string) string { return "./" + text }), []string{wheel.CodeSpelling}},
		{"record_backslash", record(func(text string) string { return strings.Replace(text, "/", `\`, 1) }), []string{wheel.CodeSpelling}},
		{"record_row_twice", record(func(text string) string { row, _, _ := strings.Cut(text, "\n"); return row + "\n" + text }), []string{wheel.CodeSpelling}},
		{"record_crlf", record(func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }), nil},
		{"record_blank_lines", record(func(text string) string { return "\n\n" + text + "\r\n\n" }), nil},
		{"record_no_newline", record(func(text string) string { return strings.TrimRight(text, "\n") }), nil},
		{"record_quotes", record(func(text string) string { return strings.Replace(text, "alpha/__init__.py", `"alpha/__init__.py"`, 1) }), nil},
		{"record_empty", record(func(string) string { return "" }), []string{wheel.CodeUnlisted}},
		{"record_signed", func(b *builder) {
			b.add("alpha-1.0.dist-info/RECORD.jws", "{}").unlisted = true
			b.add("alpha-1.0.dist-info/RECORD.p7s", "x").unlisted = true
		}, nil},
		{"wheel_minor", swap("WHEEL", "Wheel-Version: 1.0", "Wheel-Version: 1.9"), []string{wheel.CodeVersion}},
		{"wheel_tags", swap("WHEEL", "Tag: py3-none-any", "Tag: py2-none-any"), []string{wheel.CodeTags}},
		{"wheel_tag_none", swap("WHEEL", "Tag: py3-none-any", "Tag: any"), []string{wheel.CodeTags}},
		{"wheel_crlf", set("WHEEL", strings.ReplaceAll(goodWheel, "\n", "\r\n")), nil},
		{"meta_minor", swap("METADATA", "Metadata-Version: 2.1", "Metadata-Version: 2.99"), []string{wheel.CodeVersion}},
		{"meta_no_format", swap("METADATA", "Metadata-Version: 2.1\n", ""), []string{wheel.CodeVersion}},
		{"meta_spelling", swap("METADATA", "Name: alpha\nVersion: 1.0\n", "name:ALPHA \nVERSION: v1.0.0 \n"), nil},
		{"info_spelling", move("Alpha-1.0.0.dist-info"), nil},
		{"info_nested", rename("alpha/_vendor/beta-1.0.dist-info/METADATA"), nil},
		{"data_nested", rename("alpha/x.data/scripts/sub/python"), nil},
		{"data", func(b *builder) {
			b.add("alpha-1.0.data/scripts/alpha-tool", "#!python\n").mode = 0o100755
			b.add("alpha-1.0.data/data/share/doc/alpha.1", "x")
			b.add("alpha-1.0.data/data/bin/alpha-other", "x")
			b.add("alpha-1.0.data/purelib/alpha/more.py", "x")
			b.add("alpha-1.0.data/platlib/alpha/more.so", "x")
			b.add("alpha-1.0.data/headers/alpha.h", "x")
		}, nil},
		{"data_like_python", func(b *builder) {
			b.add("alpha-1.0.data/scripts/python-alpha", "x")
			b.add("alpha-1.0.data/data/bin/sub/python", "x")
			b.add("alpha-1.0.data/data/etc/pyvenv.cfg", "x")
		}, nil},
		{"ep_none", func(b *builder) { b.remove("entry_points.txt") }, nil},
		{"ep_like_python", set("entry_points.txt", "[console_scripts]\npython-alpha-check = alpha:main\n"), nil},
		{"ep_odd_elsewhere", set("entry_points.txt", "[other]\na = b c d\nno value\n"), []string{wheel.CodeEntryPoint}},
		{"ep_twice", set("entry_points.txt", "[console_scripts]\na = b:c\na = b:c\n"), nil},
		{"ep_comments", set("entry_points.txt", "before = any:section\n# x\n; y\n[console_scripts]\n\n  a=b:c  \n"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBuilder()
			c.make(b)
			w, err := checkBytes(b.build(), b.filename)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Refusal(); err != nil {
				t.Error(err)
			}
			if !slices.Equal(codes(w), sorted(c.codes)) {
				t.Errorf("oddities %v, want codes %q", w.Oddities, c.codes)
			}
			checkEntries(t, b, w)
		})
	}
}

func localLength(p *part) int { return 30 + len(p.name) + len(p.streamBytes()) }

func codes(w *wheel.Wheel) []string {
	var all []string
	for _, o := range w.Oddities {
		all = append(all, o.Code)
	}
	return slices.Compact(sorted(all))
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

// checkEntries compares what a Wheel says about its files with what was put into it.
func checkEntries(t *testing.T, b *builder, w *wheel.Wheel) {
	t.Helper()
	data := b.build()
	seen := map[string]bool{}
	for _, p := range b.parts {
		if strings.HasSuffix(p.name, "/") || seen[p.name] {
			continue
		}
		seen[p.name] = true
		got, err := w.ReadFile(strings.NewReader(string(data)), p.name)
		if err != nil || string(got) != p.data {
			t.Errorf("%q reads as %.50q (%v), want %.50q", p.name, got, err, p.data)
		}
		if e := w.Lookup(p.name); e != nil && e.Executable != (p.mode&0o111 != 0) {
			t.Errorf("%q: executable is %v with mode %o", p.name, e.Executable, p.mode)
		}
	}
	if want := len(seen) + 1; len(w.Entries) != want {
		t.Errorf("%d entries, want %d", len(w.Entries), want)
	}
}

func TestWheelFields(t *testing.T) {
	b := newBuilder()
	b.filename = "Alpha-1.0-7x-py2.py3-none-any.whl"
	b.part("WHEEL").data = "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py2.py3-none-any\nBuild: 7x\n"
	b.part("METADATA").data = "Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\nRequires-Dist: beta>=1;\n python_version > '3'\n" +
		"Requires-Dist: gamma\nProvides-Extra: test\nRequires-Python: >=3.8\n"
	b.part("entry_points.txt").data = "[console_scripts]\nalpha = alpha.cli:App.run [test, x]\n[alpha.plugins]\nmine = alpha\n"
	b.add("alpha-1.0.data/scripts/tool", "x")
	w, err := checkBytes(b.build(), b.filename)
	if err != nil {
		t.Fatal(err)
	}
	if w.Name != "alpha" || w.Version.String() != "1.0" || w.Build.String() != "7x" || len(w.Tags) != 2 || w.RootIsPurelib ||
		w.DistInfo != "alpha-1.0.dist-info" || w.DataDir != "alpha-1.0.data" || len(w.Oddities) != 0 {
		t.Errorf("got %+v", w)
	}
	wantMetadata := wheel.Metadata{
		Name: "alpha", Version: "1.0", RequiresPython: ">=3.8",
		RequiresDist: []string{"beta>=1;\n python_version > '3'", "gamma"}, ProvidesExtra: []string{"test"},
	}
	if diff := cmp.Diff(wantMetadata, w.Metadata); diff != "" {
		t.Error(diff)
	}
	wantEntryPoints := []wheel.EntryPoint{
		{Group: "console_scripts", Name: "alpha", Module: "alpha.cli", Attr: "App.run", Extras: []string{"test", "x"}},
		{Group: "alpha.plugins", Name: "mine", Module: "alpha"},
	}
	if diff := cmp.Diff(wantEntryPoints, w.EntryPoints); diff != "" {
		t.Error(diff)
	}
}
