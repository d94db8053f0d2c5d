package wheel_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// set replaces the data of the member whose name ends so.
func set(suffix, data string) func(*builder) {
	return func(b *builder) { b.part(suffix).data = data }
}

// swap replaces text in the member whose name ends so.
func swap(suffix, old, new string) func(*builder) {
	return func(b *builder) {
		p := b.part(suffix)
		p.data = strings.Replace(p.data, old, new, 1)
	}
}

func record(change func(string) string) func(*builder) {
	return func(b *builder) { b.record = change }
}

// recordOf replaces what RECORD says about alpha/__init__.py.
func recordOf(fields string) func(*builder) {
	return record(func(text string) string {
		_, rest, _ := strings.Cut(text, "\n")
		return "alpha/__init__.py," + fields + "\n" + rest
	})
}

func addRow(row string) func(*builder) {
	return record(func(text string) string { return row + "\n" + text })
}

func TestRefusedRecord(t *testing.T) {
	sum := md5.Sum([]byte(goodModule))
	weak := "md5=" + hex.EncodeToString(sum[:])
	testRefused(t, []hostile{
		{"record_none", func(b *builder) { b.noRecord = true }, `has no "alpha-1.0.dist-info/RECORD"`},
		{"record_bad_csv", addRow(`"alpha/never closed,,`), "quote that is never closed"},
		{"record_two_fields", addRow(`alpha/a.py,sha256=x`), "row 1 has 2 fields"},
		{"record_four_fields", addRow(`alpha/a.py,sha256=x,1,2`), "row 1 has 4 fields"},
		{"record_not_utf8", addRow("alpha/\xff.py,,"), "is not UTF-8"},
		{"record_bad_hash", recordOf("sha256=" + digest("other") + ",58"), `recorded "sha256=`},
		{"record_bad_hash_hex", recordOf("sha256=" + strings.Repeat("0", 64) + ",58"), `recorded "sha256=`},
		{"record_bad_hash_sha512", recordOf("sha512=" + strings.Repeat("0", 128) + ",58"), `recorded "sha512=`},
		{"record_cut_hash", recordOf("sha256=abc,58"), `recorded "sha256=`},
		{"record_empty_hash", recordOf("sha256=,58"), `recorded "sha256=`},
		{"record_bad_size", recordOf("sha256=" + digest(goodModule) + ",1"), `recorded "1" bytes`},
		{"record_size_words", recordOf("sha256=" + digest(goodModule) + ",many"), `recorded "many" bytes`},
		{"record_md5", recordOf(weak + ",58"), "tells nothing"},
		{"record_sha1", recordOf("sha1=2jmj7l5rSw0yVb_vlWAYkK_YBwk,58"), "tells nothing"},
		{"record_unknown", recordOf("crc32=abcd,58"), "tells nothing"},
		{"record_no_algorithm", recordOf(digest(goodModule) + ",58"), "tells nothing"},
		{"record_two_rows", addRow("alpha/__init__.py,sha256=" + digest("other") + ",58"), "two rows"},
		{"record_two_rows_spelled", addRow("/alpha/__init__.py,sha256=" + digest("other") + ",58"), "two rows"},
		{"record_climb", addRow("../../evil.py,,"), "outside of the wheel"},
		{"record_climb_mid", addRow("alpha/../../../evil.py,,"), "outside of the wheel"},
		{"record_climb_backslash", addRow(`..\..\evil.py,,`), "outside of the wheel"},
		{"record_root", addRow("/etc/passwd,,"), "outside of the wheel"},
		{"record_drive", addRow("C:/Windows/evil.dll,,"), "outside of the wheel"},
		{"record_newline", addRow("\"alpha/a\nb.py\",,"), "outside of the wheel"},
		{"record_empty_path", addRow(",,"), "outside of the wheel"},
		{"record_large", record(func(text string) string { return text + strings.Repeat("\n", 32<<20) }), "are read"},
		{"record_many_rows", record(func(text string) string { return text + strings.Repeat("a,,\n", 1<<18) }), "has more than 262144 rows"},
	})
}

func TestRefusedMetadata(t *testing.T) {
	testRefused(t, []hostile{
		{"meta_none", func(b *builder) { b.remove("METADATA") }, `has no "alpha-1.0.dist-info/METADATA"`},
		{"meta_empty", set("METADATA", ""), "has no Name"},
		{"meta_no_name", swap("METADATA", "Name: alpha\n", ""), "has no Name"},
		{"meta_no_version", swap("METADATA", "Version: 1.0\n", ""), "has no Version"},
		{"meta_name", swap("METADATA", "Name: alpha", "Name: beta"), `says "beta" "1.0", but the file's name alpha 1.0`},
		{"meta_version", swap("METADATA", "Version: 1.0\n", "Version: 2.0\n"), `says "alpha" "2.0"`},
		{"meta_local_version", swap("METADATA", "Version: 1.0\n", "Version: 1.0+evil\n"), `says "alpha" "1.0+evil"`},
		{"meta_bad_version", swap("METADATA", "\nVersion: 1.0\n", "\nVersion: one\n"), `says "alpha" "one"`},
		{"meta_two_names", swap("METADATA", "Name: alpha\n", "Name: alpha\nName: beta\n"), "two names that differ"},
		{"meta_two_versions", swap("METADATA", "\nVersion: 1.0\n", "\nVersion: 1.0\nversion: 2.0\n"), "two versions that differ"},
		{"meta_format", swap("METADATA", "Metadata-Version: 2.1", "Metadata-Version: 3.0"), "Metadata-Version"},
		{"meta_format_bad", swap("METADATA", "Metadata-Version: 2.1", "Metadata-Version: new"), "Metadata-Version"},
		{"meta_not_utf8", swap("METADATA", "About", "\xff"), "is not UTF-8"},
		{"meta_body_only", set("METADATA", "\n"+goodMetadata), "has no Name"},
		{"meta_large", func(b *builder) { b.part("METADATA").data += strings.Repeat("x", 5<<20) }, "are read"},
		{"wheel_none", func(b *builder) { b.remove("WHEEL") }, `has no "alpha-1.0.dist-info/WHEEL"`},
		{"wheel_v2", swap("WHEEL", "Wheel-Version: 1.0", "Wheel-Version: 2.0"), `has Wheel-Version "2.0"`},
		{"wheel_v0", swap("WHEEL", "Wheel-Version: 1.0", "Wheel-Version: 0.9"), `has Wheel-Version "0.9"`},
		{"wheel_v_huge", swap("WHEEL", "Wheel-Version: 1.0", "Wheel-Version: 18446744073709551617.0"), "Wheel-Version"},
		{"wheel_no_version", swap("WHEEL", "Wheel-Version: 1.0\n", ""), "has no Wheel-Version"},
		{"wheel_bad_version", swap("WHEEL", "Wheel-Version: 1.0", "Wheel-Version: one"), "Wheel-Version"},
		{"wheel_not_utf8", swap("WHEEL", "test", "\xff"), "is not UTF-8"},
	})
}

// move renames the folder of .dist-info.
func move(folder string) func(*builder) {
	return func(b *builder) {
		for _, p := range b.parts {
			p.name = strings.Replace(p.name, b.distInfo, folder, 1)
		}
		b.distInfo = folder
	}
}

func TestRefusedNames(t *testing.T) {
	file := func(name string) func(*builder) { return func(b *builder) { b.filename = name } }
	testRefused(t, []hostile{
		{"info_none", func(b *builder) { b.parts, b.noRecord = b.parts[:2], true }, "has no .dist-info folder"},
		{"info_other", move("beta-1.0.dist-info"), "not of alpha 1.0"},
		{"info_version", move("alpha-2.0.dist-info"), "not of alpha 1.0"},
		{"info_no_version", move("alpha.dist-info"), "not of alpha 1.0"},
		{"info_case", move("alpha-1.0.DIST-INFO"), "not of alpha 1.0"},
		{"info_two", rename("beta-1.0.dist-info/METADATA"), "beta-1.0.dist-info"},
		{"info_two_versions", rename("alpha-1.0.0.dist-info/METADATA"), ".dist-info folder"},
		{"info_case_twin", rename("Alpha-1.0.dist-info/METADATA"), ".dist-info folder"},
		{"info_suffix_twin", rename("alpha-1.0.Dist-Info/METADATA"), ".dist-info folder"},
		{"file_other", file("beta-1.0-py3-none-any.whl"), "not of beta 1.0"},
		{"file_version", file("alpha-1.1-py3-none-any.whl"), "not of alpha 1.1"},
		{"file_no_wheel", file("alpha-1.0.tar.gz"), "does not end in .whl"},
		{"file_no_tags", file("alpha-1.0.whl"), "parts separated by dashes"},
		{"file_bad_version", file("alpha-one-py3-none-any.whl"), "not one of PEP 440"},
		{"file_climb", file("..alpha-1.0-py3-none-any.whl"), "letter or digit first and last"},
		{"file_build", file("alpha-1.0-x1-py3-none-any.whl"), "build"},
	})
}

func TestRefusedData(t *testing.T) {
	data := func(path string) func(*builder) { return rename("alpha-1.0.data/" + path) }
	cases := []hostile{
		{"data_unknown_key", data("etc/evil"), "unknown folder"},
		{"data_key_case", data("Scripts/evil"), "unknown folder"},
		{"data_stdlib", data("stdlib/os.py"), "unknown folder"},
		{"data_no_key", data("evil"), "in no folder"},
		{"data_key_file", data("scripts"), "in no folder"},
		{"data_climb", data("data/../../../evil"), "element .."},
		{"data_script_subdir", data("scripts/sub/evil"), "subfolder"},
		{"data_other", rename("beta-1.0.data/scripts/x"), "not of alpha 1.0"},
		{"data_version", rename("alpha-2.0.data/scripts/x"), "not of alpha 1.0"},
		{"data_no_version", rename("alpha.data/scripts/x"), "not of alpha 1.0"},
		{"data_two", func(b *builder) { b.add("alpha-1.0.data/scripts/x", ""); b.add("Alpha-1.0.data/scripts/y", "") }, "second .data folder"},
		{"data_pyvenv_cfg", data("data/pyvenv.cfg"), "pyvenv.cfg"},
		{"data_pyvenv_cfg_case", data("data/PyVenv.CFG"), "pyvenv.cfg"},
	}
	for _, script := range []string{
		"python", "python3", "python3.12", "python3.13t", "Python", "python.exe", "pythonw.exe", "pypy3", "PYTHON3.EXE",
		"activate", "activate.csh", "activate.fish", "Activate.ps1", "activate.bat", "deactivate.bat", "activate_this.py",
	} {
		cases = append(cases,
			hostile{"data_script_" + script, data("scripts/" + script), "virtual environment"},
			hostile{"data_bin_" + script, data("data/bin/" + script), "virtual environment"},
			hostile{"data_Scripts_" + script, data("data/Scripts/" + script), "virtual environment"},
			hostile{"ep_" + script, set("entry_points.txt", "[console_scripts]\n"+script+" = alpha:main\n"), "virtual environment"},
			hostile{"ep_gui_" + script, set("entry_points.txt", "[gui_scripts]\n"+script+" = alpha:main\n"), "virtual environment"},
		)
	}
	testRefused(t, cases)
}

func TestRefusedEntryPoints(t *testing.T) {
	entry := func(line string) func(*builder) { return set("entry_points.txt", "[console_scripts]\n"+line+"\n") }
	testRefused(t, []hostile{
		{"ep_climb", entry("../../evil = alpha:main"), "script"},
		{"ep_climb_backslash", entry(`..\evil = alpha:main`), "backslash"},
		{"ep_folder", entry("sub/evil = alpha:main"), "leaves the folder"},
		{"ep_absolute", entry("/tmp/evil = alpha:main"), "absolute"},
		{"ep_drive", entry("C:evil = alpha:main"), "drive letter"},
		{"ep_stream", entry("evil:stream = alpha:main"), "leaves the folder"},
		{"ep_dot", entry(". = alpha:main"), "element ."},
		{"ep_empty", entry(" = alpha:main"), "empty"},
		{"ep_control", entry("e\x1bvil = alpha:main"), "control character"},
		{"ep_long", entry(strings.Repeat("e", 300) + " = alpha:main"), "longer than 255"},
		{"ep_inject_call", entry("evil = alpha:main();import os"), "does not name a Python object"},
		{"ep_inject_import", entry("evil = alpha;import os:main"), "does not name a Python object"},
		{"ep_inject_attr", entry("evil = alpha:main or exit"), "does not name a Python object"},
		{"ep_inject_space", entry("evil = os system:main"), "does not name a Python object"},
		{"ep_inject_quote", entry("evil = alpha:main\"\"\""), "does not name a Python object"},
		{"ep_inject_extras", entry("evil = alpha:main [x"), "no end of its extras"},
		{"ep_inject_after", entry("evil = alpha:main [x] ; import os"), "no end of its extras"},
		{"ep_inject_digit", entry("evil = 1alpha:main"), "does not name a Python object"},
		{"ep_inject_dots", entry("evil = alpha..b:main"), "does not name a Python object"},
		{"ep_no_attr", entry("evil = alpha"), "no function"},
		{"ep_no_value", entry("evil"), "lacks '='"},
		{"ep_empty_value", entry("evil ="), "does not name a Python object"},
		{"ep_many", func(b *builder) {
			for i := range 10_001 {
				b.part("entry_points.txt").data += fmt.Sprintf("e%d = alpha:main\n", i)
			}
		}, "more than 10000 entry points"},
		{"ep_two", entry("evil = alpha:main\nevil = alpha:other"), "two scripts of the name"},
		{"ep_not_utf8", entry("evil\xff = alpha:main"), "is not UTF-8"},
	})
}

// TestAllowed has the violations that a package's policy may allow.
func TestAllowed(t *testing.T) {
	for _, c := range []struct {
		name, code string
		make       func(*builder)
	}{
		{"digest", "record", recordOf("sha256=" + digest("other") + ",58")},
		{"size", "record", recordOf("sha256=" + digest(goodModule) + ",1")},
		{"weak", "record", recordOf("md5=abc,58")},
		{"bomb", "bomb", bomb},
	} {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() && c.code == "bomb" {
				t.Skip("takes seconds with the race detector")
			}
			b := newBuilder()
			c.make(b)
			w, err := checkBytes(b.build(), b.filename)
			if err != nil {
				t.Fatal(err)
			}
			other := map[string]string{"record": "bomb", "bomb": "record"}[c.code]
			err = w.Refusal(other)
			if err == nil {
				t.Fatalf("accepted when only %q is allowed", other)
			}
			if want := fmt.Sprintf("[tool.ofiuco.allow] alpha = %q", c.code); !strings.Contains(err.Error(), want) {
				t.Errorf("message lacks %q:\n%v", want, err)
			}
			if err := w.Refusal(other, c.code); err != nil {
				t.Errorf("refused although allowed: %v", err)
			}
		})
	}
}
