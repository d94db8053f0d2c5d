package wheel_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/ofiuco/ofiuco/wheel"
)

// hostile is a wheel that must be refused, for a reason that its message names.
type hostile struct {
	name string
	make func(*builder)
	want string
}

func checkBytes(data []byte, filename string) (*wheel.Wheel, error) {
	return wheel.Check(bytes.NewReader(data), int64(len(data)), filename)
}

func testRefused(t *testing.T, cases []hostile) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() && (strings.HasPrefix(c.name, "zip_bomb") || c.name == "record_large") {
				t.Skip("takes seconds with the race detector")
			}
			b := newBuilder()
			c.make(b)
			w, err := checkBytes(b.build(), b.filename)
			if err == nil {
				err = w.Refusal()
			}
			if err == nil {
				t.Fatalf("accepted; want %q", c.want)
			}
			var fault *wheel.Error
			if !errors.As(err, &fault) {
				t.Fatalf("%v is no *wheel.Error", err)
			}
			text := err.Error()
			if !strings.Contains(text, c.want) {
				t.Errorf("refused for another reason:\n%s\nwant %q", text, c.want)
			}
			if !strings.HasPrefix(text, b.filename+": ") || fault.Hint == "" || len(text) > 2000 {
				t.Errorf("message does not name the wheel, has no hint or is too long:\n%s", text)
			}
			if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r < ' ' || r == 0x7f }) {
				t.Errorf("message holds control characters: %q", text)
			}
		})
	}
}

func TestGoodWheel(t *testing.T) {
	b := newBuilder()
	w, err := checkBytes(b.build(), b.filename)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Refusal(); err != nil || len(w.Oddities) > 0 {
		t.Errorf("a good wheel has a refusal (%v) or oddities (%v)", err, w.Oddities)
	}
}

func rename(name string) func(*builder) {
	return func(b *builder) { b.add(name, "x") }
}

func TestRefusedPaths(t *testing.T) {
	testRefused(t, []hostile{
		{"path_dotdot", rename("../evil.py"), "element .."},
		{"path_dotdot_mid", rename("alpha/../../evil.py"), "element .."},
		{"path_dotdot_in", rename("alpha/../evil.py"), "element .."},
		{"path_dotdot_sibling", rename("../alpha-sibling/evil.py"), "element .."},
		{"path_dot", rename("./evil.py"), "element ."},
		{"path_absolute", rename("/tmp/evil.py"), "is absolute"},
		{"path_unc", rename("//host/share/evil.py"), "is absolute"},
		{"path_unc_backslash", rename(`\\host\share\evil.py`), "backslash"},
		{"path_drive", rename("C:/evil.py"), "drive letter"},
		{"path_drive_relative", rename("c:evil.py"), "drive letter"},
		{"path_backslash", rename(`alpha\evil.py`), "backslash"},
		{"path_backslash_up", rename(`..\evil.py`), "backslash"},
		{"path_newline", rename("alpha/a\nb.py"), "control character"},
		{"path_escape", rename("alpha/\x1b[31m.py"), "control character"},
		{"path_delete", rename("alpha/\x7f.py"), "control character"},
		{"path_nul", rename("alpha/a.py\x00.txt"), "control character"},
		{"path_empty", rename(""), "empty"},
		{"path_slash", func(b *builder) { b.add("/", "") }, "empty"},
		{"path_empty_element", rename("alpha//evil.py"), "empty element"},
		{"path_not_utf8", rename("alpha/\xff.py"), "UTF-8"},
		{"path_cp437", func(b *builder) {
			p := b.add("alpha/é.py", "x")
			p.local = func(h *header) { h.flags = 0 }
			p.central = p.local
		}, "marked as UTF-8"},
		{"path_long_name", rename("alpha/" + strings.Repeat("a", 256)), "longer than 255"},
		{"path_long_total", rename(strings.Repeat("abcdefgh/", 600) + "a.py"), "longer than 4096"},
		{"path_file_is_dir", func(b *builder) { b.add("alpha/x", "1"); b.add("alpha/x/y.py", "2") }, "is a file, and a folder"},
		{"path_file_is_dir_far", func(b *builder) { b.add("alpha/x/y.py", "2"); b.add("alpha/x-1", "0"); b.add("alpha/x", "1") }, "is a file, and a folder"},
		{"path_file_is_dir_entry", func(b *builder) { b.add("alpha/x/", ""); b.add("alpha/x", "1") }, "is a file, and a folder"},
		{"path_folder_full", func(b *builder) { b.add("alpha/x/", "bytes") }, "is a folder with"},
		{"path_symlink", func(b *builder) { b.add("alpha/link", "/etc/passwd").mode = 0o120777 }, "is a link"},
		{"path_symlink_through", func(b *builder) {
			b.add("alpha/link", "..").mode = 0o120777
			b.add("alpha/link/evil.py", "x")
		}, "is a link"},
		{"path_symlink_dos", func(b *builder) {
			p := b.add("alpha/link", "/etc/passwd")
			p.mode = 0o120777
			p.central = func(h *header) { h.made = 20 }
		}, "is a link"},
		{"path_device", func(b *builder) { b.add("alpha/null", "").mode = 0o020666 }, "is a link, device"},
		{"path_block", func(b *builder) { b.add("alpha/sda", "").mode = 0o060666 }, "is a link, device"},
		{"path_fifo", func(b *builder) { b.add("alpha/pipe", "").mode = 0o010666 }, "pipe"},
		{"path_socket", func(b *builder) { b.add("alpha/socket", "").mode = 0o140666 }, "socket"},
		{"path_folder_mode", func(b *builder) { b.add("alpha/x", "").mode = 0o040755 }, "folder's mode"},
	})
}

func TestRefusedMembers(t *testing.T) {
	both := func(p *part, change func(*header)) { p.local, p.central = change, change }
	testRefused(t, []hostile{
		{"zip_names_differ", func(b *builder) { b.add("alpha/a.py", "x").local = func(h *header) { h.name = "alpha/b.py" } }, "another name in its local header"},
		{"zip_crc", func(b *builder) { both(b.add("alpha/a.py", "x"), func(h *header) { h.crc++ }) }, "has CRC-32"},
		{"zip_crc_local", func(b *builder) { b.add("alpha/a.py", "x").local = func(h *header) { h.crc++ } }, "in its local header"},
		{"zip_crc_central", func(b *builder) { b.add("alpha/a.py", "x").central = func(h *header) { h.crc++ } }, "in its local header"},
		{"zip_size_low", func(b *builder) { both(b.add("alpha/a.py", "xyz"), func(h *header) { h.size-- }) }, "is longer than"},
		{"zip_size_high", func(b *builder) { both(b.add("alpha/a.py", "xyz"), func(h *header) { h.size++ }) }, "but its header says 4"},
		{"zip_size_local", func(b *builder) { b.add("alpha/a.py", "xyz").local = func(h *header) { h.size++ } }, "has sizes"},
		{"zip_size_zero", func(b *builder) { both(b.add("alpha/a.py", "xyz"), func(h *header) { h.size = 0 }) }, "is longer than"},
		{"zip_csize_low", func(b *builder) { both(b.add("alpha/a.py", goodModule), func(h *header) { h.compressedSize-- }) }, "no part of the archive"},
		{"zip_csize_high", func(b *builder) { both(b.add("alpha/a.py", goodModule), func(h *header) { h.compressedSize++ }) }, "overlaps"},
		{"zip_csize_huge", func(b *builder) { both(b.add("alpha/a.py", "x"), func(h *header) { h.compressedSize = 1 << 31 }) }, "overlaps"},
		{"zip_csize_local", func(b *builder) { b.add("alpha/a.py", "x").local = func(h *header) { h.compressedSize++ } }, "has sizes"},
		{"zip_stored_sizes", func(b *builder) {
			p := b.add("alpha/a.py", "xyz")
			p.method = 0
			both(p, func(h *header) { h.size = 2 })
		}, "two sizes"},
		{"zip_deflate_tail", func(b *builder) {
			p, stream := b.add("alpha/a.py", "xyz"), deflate("xyz")+"hidden"
			p.stream = &stream
		}, "after its deflate stream"},
		{"zip_deflate_cut", func(b *builder) {
			p, stream := b.add("alpha/a.py", goodModule), deflate(goodModule)
			stream = stream[:len(stream)-2]
			p.stream = &stream
		}, "deflate stream"},
		{"zip_deflate_garbage", func(b *builder) {
			p, stream := b.add("alpha/a.py", "xyz"), "\xff\xff\xff\xff"
			p.stream = &stream
		}, "deflate stream"},
		{"zip_deflate_empty", func(b *builder) {
			p, stream := b.add("alpha/a.py", ""), ""
			p.stream = &stream
		}, "deflate stream"},
		{"zip_encrypted", func(b *builder) { both(b.add("alpha/a.py", "x"), func(h *header) { h.flags |= 1 }) }, "encrypted"},
		{"zip_encrypted_local", func(b *builder) { b.add("alpha/a.py", "x").local = func(h *header) { h.flags |= 1 } }, "general purpose flags"},
		{"zip_strong_encryption", func(b *builder) { both(b.add("alpha/a.py", "x"), func(h *header) { h.flags |= 1 << 6 }) }, "general purpose flags"},
		{"zip_masked", func(b *builder) { both(b.add("alpha/a.py", "x"), func(h *header) { h.flags |= 1 << 13 }) }, "general purpose flags"},
		{"zip_method_99", func(b *builder) { b.add("alpha/a.py", "x").method = 99 }, "compression method 99"},
		{"zip_method_bzip2", func(b *builder) { b.add("alpha/a.py", "x").method = 12 }, "compression method 12"},
		{"zip_method_local", func(b *builder) { b.add("alpha/a.py", "x").local = func(h *header) { h.method = 0 } }, "in its local header"},
		{"zip_descriptor_missing", func(b *builder) { both(b.add("alpha/a.py", "x"), func(h *header) { h.flags |= 8 }) }, "data descriptor"},
		{"zip_descriptor_lie", func(b *builder) {
			p := b.add("alpha/a.py", "xyz")
			both(p, func(h *header) { h.flags |= 8 })
			p.tail = "PK\x07\x08" + uint32s(1, 2, 3)
		}, "data descriptor"},
		{"zip_descriptor_sizes", func(b *builder) {
			p := describedPart(b)
			p.local = func(h *header) { h.flags |= 8; h.crc = 0; h.size = 7 }
		}, "has sizes"},
		{"zip_descriptor_long", func(b *builder) { describedPart(b).tail += "more" }, "data descriptor"},
		{"zip_descriptor_longer", func(b *builder) { describedPart(b).tail += strings.Repeat("more", 9) }, "more than a data descriptor"},
		{"zip_descriptor_unannounced", func(b *builder) { b.add("alpha/a.py", "xyz").tail = "PK\x07\x08" + uint32s(1, 2, 3) }, "no part of the archive"},
		{"zip_unicode_extra", func(b *builder) {
			both(b.add("alpha/a.py", "x"), func(h *header) { h.extra = extraField(0x7075, "\x01abcdalpha/b.py") })
		}, "second name"},
		{"zip_unicode_extra_local", func(b *builder) {
			b.add("alpha/a.py", "x").local = func(h *header) { h.extra = extraField(0x7075, "\x01abcdalpha/b.py") }
		}, "second name"},
		{"zip_unicode_extra_short", func(b *builder) {
			both(b.add("alpha/a.py", "x"), func(h *header) { h.extra = extraField(0x7075, "\x01") })
		}, "second name"},
		{"zip_unicode_extra_twice", func(b *builder) {
			field := extraField(0x7075, "\x01abcdalpha/a.py")
			both(b.add("alpha/a.py", "x"), func(h *header) { h.extra = field + field })
		}, "malformed"},
		{"zip_extra_cut", func(b *builder) {
			both(b.add("alpha/a.py", "x"), func(h *header) { h.extra = "\x01\x00\xff\x00" })
		}, "malformed"},
		{"zip_twice_differ", func(b *builder) { b.add("alpha/a.py", "x"); b.add("alpha/a.py", "y").unlisted = true }, "is in the archive twice"},
		{"zip_twice_mode", func(b *builder) {
			b.add("alpha/a.py", "x")
			p := b.add("alpha/a.py", "x")
			p.unlisted, p.mode = true, 0o100755
		}, "is in the archive twice"},
		{"zip_bomb_lie", func(b *builder) {
			p := b.add("alpha/zeros", "")
			_, stream := zeros()
			p.stream = &stream
			both(p, func(h *header) { h.size = 10 })
		}, "is longer than the 10 bytes"},
		{"zip_bomb_ratio", bomb, "more than 50 times"},
	})
}

// zeros are more than 64 MiB that deflate a thousandfold.
var zeros = sync.OnceValues(func() (data, stream string) {
	data = strings.Repeat("\x00", 66<<20)
	return data, deflate(data)
})

func bomb(b *builder) {
	data, stream := zeros()
	b.add("alpha/zeros", data).stream = &stream
}

// describedPart adds a member with an honest data descriptor.
func describedPart(b *builder) *part {
	p := b.add("alpha/described.py", goodModule)
	h := p.header(0)
	p.local = func(h *header) { h.flags |= 8; h.crc, h.size, h.compressedSize = 0, 0, 0 }
	p.central = func(h *header) { h.flags |= 8 }
	p.tail = "PK\x07\x08" + uint32s(h.crc, h.compressedSize, h.size)
	return p
}

func TestRefusedArchives(t *testing.T) {
	wide := func(change func(*endRecord64)) func(*builder) {
		return func(b *builder) {
			b.end = func(e *endRecord) { zip64(e); change(e.wide) }
		}
	}
	end := func(change func(*endRecord)) func(*builder) {
		return func(b *builder) { b.end = change }
	}
	testRefused(t, []hostile{
		{"zip_local_only", func(b *builder) { b.add("alpha/hidden.py", "x").localOnly = true }, "no part of the archive"},
		{"zip_local_only_first", func(b *builder) { b.parts[0].localOnly = true }, "before its first member"},
		{"zip_central_only", func(b *builder) {
			p := b.add("alpha/ghost.py", "x")
			p.centralOnly, p.central = true, func(h *header) { h.offset = 5 }
		}, "overlaps"},
		{"zip_shared_local", func(b *builder) {
			p := b.add("alpha/b.py", goodModule)
			p.centralOnly, p.central = true, func(h *header) { h.offset = 0 }
		}, "overlaps"},
		{"zip_overlap", func(b *builder) {
			p := b.add("alpha/b.py", "x")
			p.central = func(h *header) { h.offset -= 20 }
		}, "overlaps"},
		{"zip_offset_wild", func(b *builder) { b.add("alpha/b.py", "x").central = func(h *header) { h.offset = 1 << 30 } }, "overlaps"},
		{"zip_local_elsewhere", func(b *builder) {
			p := b.add("alpha/b.py", "x")
			p.central = func(h *header) { h.offset += 3 }
		}, "overlaps"},
		{"zip_prefix", func(b *builder) { b.prefix = "#!/bin/sh\n" }, "10 bytes before its first member"},
		{"zip_prefix_shifted", func(b *builder) {
			b.prefix = "#!/bin/sh\n"
			for _, p := range b.parts {
				p.central = func(h *header) { h.offset -= 10 }
			}
		}, "no local header"},
		{"zip_gap", func(b *builder) { b.gap = "hidden bytes" }, "no part of the archive"},
		{"zip_late_gap", func(b *builder) { b.late = "hidden bytes" }, "central directory"},
		{"zip_signature_record", func(b *builder) { b.late = "PK\x05\x05\x00\x00"; b.end = func(e *endRecord) { e.size += 6 } }, "no header"},
		{"zip_trailing", func(b *builder) { b.trailer = "more" }, "bytes after the zip archive's end"},
		{"zip_trailing_zeros", func(b *builder) { b.trailer = strings.Repeat("\x00", 512) }, "bytes after the zip archive's end"},
		{"zip_double", func(b *builder) { b.prefix = string(newBuilder().build()) }, "before its first member"},
		{"zip_in_comment", func(b *builder) {
			inner := string(newBuilder().build())
			b.end = func(e *endRecord) { e.comment = inner }
		}, "no part of the zip archive"},
		{"zip_end_in_comment", func(b *builder) {
			b.end = func(e *endRecord) { e.comment = "PK\x05\x06 and so on, more than twenty-two bytes" }
		}, "end record in its comment"},
		{"zip_count_low", end(func(e *endRecord) { e.count--; e.countHere-- }), "end record says"},
		{"zip_count_huge", wide(func(w *endRecord64) { w.count, w.countHere = 1<<40, 1<<40 }), "members, more than"},
		{"zip_directory_huge", func(b *builder) {
			b.gap = strings.Repeat("x", 33<<20)
			b.end = func(e *endRecord) { e.offset -= 33 << 20; e.size += 33 << 20 }
		}, "central directory of"},
		{"zip_count_high", end(func(e *endRecord) { e.count++; e.countHere++ }), "end record says"},
		{"zip_count_zero", end(func(e *endRecord) { e.count, e.countHere = 0, 0 }), "than the 0 that its end record says"},
		{"zip_counts_differ", end(func(e *endRecord) { e.countHere++ }), "one part of a zip archive of several"},
		{"zip_disk", end(func(e *endRecord) { e.disk = 1 }), "one part of a zip archive of several"},
		{"zip_disk_member", func(b *builder) { b.add("alpha/b.py", "x").central = func(h *header) { h.disk = 1 } }, "another part"},
		{"zip_directory_size", end(func(e *endRecord) { e.size-- }), "no part of the zip archive"},
		{"zip_directory_offset", end(func(e *endRecord) { e.offset++; e.size-- }), "no header"},
		{"zip64_locator_only", func(b *builder) {
			b.late = "PK\x06\x07" + uint32s(0, 0, 0, 1)
		}, "follows no zip64 end record"},
		{"zip64_locator_lie", wide(func(w *endRecord64) { w.locatorOffset -= 8 }), "does not point"},
		{"zip64_disks", wide(func(w *endRecord64) { w.disks = 2 }), "does not point"},
		{"zip64_count_lie", wide(func(w *endRecord64) { w.count, w.countHere = 1, 1 }), "than the 1 that its end record says"},
		{"zip64_counts_differ", wide(func(w *endRecord64) { w.countHere = 1 }), "no version 1 record"},
		{"zip64_offset_lie", wide(func(w *endRecord64) { w.offset -= 4 }), "does not end where"},
		{"zip64_size_lie", wide(func(w *endRecord64) { w.size = 1 << 60 }), "does not end where"},
		{"zip64_record_size", wide(func(w *endRecord64) { w.recordSize = 60 }), "no version 1 record"},
		{"zip64_record_padding", wide(func(w *endRecord64) { w.padding = "12345678"; w.recordSize = 52 }), "follows no zip64 end record"},
		{"zip64_ends_disagree", func(b *builder) {
			b.end = func(e *endRecord) { zip64(e); e.count, e.countHere = 3, 3 }
		}, "disagree"},
		{"zip64_member_short", func(b *builder) {
			b.add("alpha/b.py", "x").central = func(h *header) { h.size = 0xffffffff; h.extra = extraField(1, "1234") }
		}, "zip64 field that lacks"},
		{"zip64_member_none", func(b *builder) {
			b.add("alpha/b.py", "x").central = func(h *header) { h.size = 0xffffffff }
		}, "zip64 field that lacks"},
		{"zip64_member_needless", func(b *builder) {
			b.add("alpha/b.py", "x").central = func(h *header) { h.extra = extraField(1, uint64s(7, 7)) }
		}, "more sizes than its header leaves"},
		{"zip64_member_negative", func(b *builder) {
			b.add("alpha/b.py", "x").central = func(h *header) { h.size = 0xffffffff; h.extra = extraField(1, uint64s(1<<63)) }
		}, "zip64 field that lacks"},
		{"zip64_member_local_lie", func(b *builder) {
			b.add("alpha/b.py", "x").local = func(h *header) { h.extra = extraField(1, uint64s(9, 9)) }
		}, "other sizes in its local header"},
		{"zip64_member_local_short", func(b *builder) {
			b.add("alpha/b.py", "x").local = func(h *header) { h.extra = extraField(1, uint64s(1)) }
		}, "wrong size in its local header"},
		{"zip_empty", func(b *builder) { b.parts, b.noRecord = nil, true }, "has no members"},
	})
}

func TestRefusedFiles(t *testing.T) {
	good := newBuilder().build()
	for name, data := range map[string][]byte{
		"empty":      nil,
		"html":       []byte("<!DOCTYPE html><html><body>Please log in to see this page</body></html>"),
		"cut_half":   good[:len(good)/2],
		"cut_byte":   good[:len(good)-1],
		"end_only":   good[len(good)-22:],
		"zeros":      make([]byte, 1000),
		"first_byte": good[1:],
	} {
		t.Run(name, func(t *testing.T) {
			_, err := checkBytes(data, newBuilder().filename)
			var fault *wheel.Error
			if !errors.As(err, &fault) {
				t.Errorf("got %v, want a *wheel.Error", err)
			}
		})
	}
}
