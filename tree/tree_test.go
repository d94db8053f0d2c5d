package tree

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func file(path, owner, data string) File {
	return File{Path: path, Owner: owner, Content: BytesContent([]byte(data))}
}

func mustNew(t testing.TB, files ...File) Tree {
	t.Helper()
	made, err := New(files)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func paths(made Tree) []string {
	var list []string
	for _, f := range made.Files() {
		list = append(list, f.Path)
	}
	return list
}

func TestFilesAreSortedByBytes(t *testing.T) {
	made := mustNew(t, file("a/b", "x", ""), file("é", "x", ""), file("a-b", "x", ""), file("Z", "x", ""), file("a.b", "x", ""))
	if got, want := paths(made), []string{"Z", "a-b", "a.b", "a/b", "é"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLookup(t *testing.T) {
	made := mustNew(t, file("a", "x", "1"), file("b", "x", "22"))
	if f, found := made.Lookup("b"); !found || f.Content.Size != 2 {
		t.Errorf("got %+v, %v", f, found)
	}
	if _, found := made.Lookup("c"); found {
		t.Error("found what is not there")
	}
	if made.Len() != 2 || made.Size() != 3 {
		t.Errorf("%d files of %d bytes", made.Len(), made.Size())
	}
}

func TestEqualFilesBecomeOne(t *testing.T) {
	lazy := file("pkg/LICENSE", "c 1", "MIT")
	lazy.Content.SHA256 = nil
	lazy.Executable = true
	files := []File{file("pkg/LICENSE", "b 1", "MIT"), lazy, file("pkg/LICENSE", "a 1", "MIT"), file("pkg/LICENSE", "a 1", "MIT")}
	for range 20 {
		rand.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		made := mustNew(t, slices.Clone(files)...)
		got := made.Files()
		if len(got) != 1 || got[0].Owner != "a 1" || !slices.Equal(got[0].CoOwners, []string{"b 1", "c 1"}) || !got[0].Executable {
			t.Fatalf("got %+v", got)
		}
	}
}

// Merging in steps notes the same owners as at once.
func TestMergeInSteps(t *testing.T) {
	a, b, c := mustNew(t, file("f", "a", "")), mustNew(t, file("f", "b", "")), mustNew(t, file("f", "c", ""))
	once, err := Merge(a, b, c)
	if err != nil {
		t.Fatal(err)
	}
	later, err := Merge(c, b)
	if err != nil {
		t.Fatal(err)
	}
	if later, err = Merge(later, a, a); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(once, later) {
		t.Errorf("got %+v, want %+v", later, once)
	}
	if len(b.Files()[0].CoOwners) != 0 {
		t.Error("merging changed a Tree")
	}
}

func TestCollisions(t *testing.T) {
	broken := file("f", "b 2", "x")
	broken.Content = Content{Size: 1, Open: func() (io.ReadCloser, error) { return nil, errors.New("gone") }}
	for _, test := range []struct {
		name  string
		files []File
		want  string
	}{
		{"sizes", []File{file("f", "b 2", "xx"), file("f", "a 1", "x")}, `a 1 and b 2 bring different files to "f": leave one of them out`},
		{"bytes", []File{file("f", "b 2", "y"), file("f", "a 1", "x")}, `a 1 and b 2 bring different files to "f": leave one of them out`},
		{"one owner", []File{file("f", "a 1", "y"), file("f", "a 1", "x")}, `a 1 brings two different files to "f"`},
		{"folder", []File{file("f/g/h", "b 2", "y"), file("f-g", "c", ""), file("f", "a 1", "x")}, `"f" is a file of a 1 and a folder of b 2: leave one of them out`},
		{"deeper", []File{file("f/g/h", "b 2", "y"), file("f/a", "c", ""), file("f/g", "a 1", "x")}, `"f/g" is a file of a 1 and a folder of b 2: leave one of them out`},
		{"unread", []File{broken, file("f", "a 1", "x")}, `comparing "f" of a 1 and of b 2: gone`},
		{"path", []File{file("../f", "a 1", "x")}, `a 1: path "../f" is not clean: it has an element ..`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := New(test.files)
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	var collision *CollisionError
	if _, err := New([]File{file("f", "b", "x"), file("f", "a", "y")}); !errors.As(err, &collision) || collision.Owners != [2]string{"a", "b"} {
		t.Errorf("got %v", err)
	}
}

// Contents are read only where two files of one size meet.
func TestContentsAreNotReadInVain(t *testing.T) {
	unread := Content{Size: 3, Open: func() (io.ReadCloser, error) {
		t.Error("the file was read")
		return nil, io.ErrUnexpectedEOF
	}}
	mustNew(t, File{Path: "a", Content: unread}, File{Path: "b", Content: unread})
	if _, err := New([]File{{Path: "a", Owner: "x", Content: unread}, file("a", "y", "size 6")}); err == nil {
		t.Error("the sizes differ, yet there is no error")
	}
}

func TestCheckPath(t *testing.T) {
	long := strings.Repeat("x", 255)
	for _, good := range []string{"a", "a/b", ".hidden", "..a/b..", "a=b", "a b", "größe", "-", "ab:c", "aux", long + "/" + long} {
		if err := CheckPath(good); err != nil {
			t.Error(err)
		}
	}
	for path, want := range map[string]string{
		"":                               `path "" is empty`,
		"/a":                             `path "/a" is absolute`,
		"//host/a":                       `path "//host/a" is absolute`,
		"C:a":                            `path "C:a" begins with a drive letter`,
		"c:/a":                           `path "c:/a" begins with a drive letter`,
		"a//b":                           `path "a//b" has an empty element`,
		"a/":                             `path "a/" has an empty element`,
		".":                              `path "." is not clean: it has an element .`,
		"./a":                            `path "./a" is not clean: it has an element .`,
		"a/../../b":                      `path "a/../../b" is not clean: it has an element ..`,
		"a/..":                           `path "a/.." is not clean: it has an element ..`,
		`a\b`:                            `path "a\\b" holds a backslash`,
		"a\nb":                           `path "a\nb" holds a control character`,
		"a\x00":                          `path "a\x00" holds a control character`,
		"a\x7f":                          `path "a\x7f" holds a control character`,
		"a\xff":                          `path "a\xff" is not UTF-8`,
		long + "x":                       "has an element longer than 255 bytes",
		"a/" + long + "x/b":              "has an element longer than 255 bytes",
		strings.Repeat("a/", 2048) + "a": "is longer than 4096 bytes",
	} {
		var fault *PathError
		if err := CheckPath(path); !errors.As(err, &fault) || !strings.HasSuffix(err.Error(), want) || len(err.Error()) > 300 {
			t.Errorf("%q: got error %v, want %s", path, err, want)
		}
	}
}

func TestExcludeAndPrefix(t *testing.T) {
	made := mustNew(t, file("boto3/__init__.py", "boto3 1", "1"), file("boto3-1.dist-info/RECORD", "boto3 1", "22"), file("app.py", "src", "333"))
	kept, excluded := made.Exclude(CompilePatterns([]string{"boto3/**", "**.dist-info/**"}))
	if got := paths(kept); !slices.Equal(got, []string{"app.py"}) {
		t.Errorf("kept %q", got)
	}
	if excluded.Len() != 2 || excluded.Size() != 3 {
		t.Errorf("excluded %q", paths(excluded))
	}
	if kept, excluded := made.Exclude(nil); kept.Len() != 3 || excluded.Len() != 0 {
		t.Error("no pattern excludes something")
	}
	layer, err := made.Prefix("python/lib")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"python/lib/app.py", "python/lib/boto3-1.dist-info/RECORD", "python/lib/boto3/__init__.py"}
	if diff := cmp.Diff(want, paths(layer)); diff != "" {
		t.Error(diff)
	}
	for _, folder := range []string{"", ".", "..", "/opt", "python/", strings.Repeat("a/", 2046) + "a"} {
		if _, err := made.Prefix(folder); err == nil {
			t.Errorf("a Tree was put under %q", folder)
		}
	}
}

func TestOwners(t *testing.T) {
	made := mustNew(t, file("a", "x", "1"), file("b", "y", "22"), file("c", "y", ""), file("d", "w", "1"))
	want := []OwnerSize{{"y", 2, 2}, {"w", 1, 1}, {"x", 1, 1}}
	if diff := cmp.Diff(want, made.Owners()); diff != "" {
		t.Error(diff)
	}
}

func TestTwins(t *testing.T) {
	made := mustNew(t,
		file("Foo.py", "x", ""), file("foo.py", "x", ""), file("foo-py", "x", ""), file("FOO.PY", "x", ""),
		file("caf\u00e9", "x", ""), file("cafe\u0301", "x", ""), file("CAF\u00c9", "x", ""),
		file("Dir", "x", ""), file("dir/a", "x", ""), file("dir/b", "x", ""), file("dir-a", "x", ""),
		file("stra\u00dfe", "x", ""), file("STRASSE", "x", ""), file("alone", "x", ""))
	want := [][]string{
		{"CAF\u00c9", "cafe\u0301", "caf\u00e9"}, {"Dir", "dir/a"}, {"FOO.PY", "Foo.py", "foo.py"}, {"STRASSE", "stra\u00dfe"},
	}
	if diff := cmp.Diff(want, made.Twins()); diff != "" {
		t.Error(diff)
	}
	if twins := mustNew(t, file("a", "x", ""), file("b", "x", "")).Twins(); len(twins) != 0 {
		t.Errorf("got %q", twins)
	}
}

func TestReadersHoldToSizeAndCRC(t *testing.T) {
	section := &Section{Source: bytes.NewReader([]byte("..hello..")), Offset: 2, CompressedSize: 5, CRC32: 0x3610a686}
	good := Content{Size: 5, Section: section}
	if b, err := good.ReadAll(); err != nil || string(b) != "hello" {
		t.Errorf("got %q, %v", b, err)
	}
	wrong := *section
	wrong.CRC32++
	broken := *section
	broken.Deflated = true
	for name, content := range map[string]Content{
		"short":  {Size: 6, Section: section},
		"long":   {Size: 4, Section: section},
		"crc":    {Size: 5, Section: &wrong},
		"broken": {Size: 5, Section: &broken},
		"bytes":  {Size: 5, Bytes: []byte("1234")},
		"open":   {Size: 5, Open: func() (io.ReadCloser, error) { return nil, io.ErrUnexpectedEOF }},
	} {
		if b, err := content.ReadAll(); err == nil {
			t.Errorf("%s: got %q", name, b)
		}
	}
}

// FuzzNew checks what holds for every Tree, whatever files it is made of.
func FuzzNew(f *testing.F) {
	for _, seed := range []string{"a\nb\na", "a/b\na", "a\na/b/c\na-b", "A\na", "../x", "x//y\nx", "/\n.\n..", "é\ne\u0301"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, list string) {
		var files []File
		for i, path := range strings.Split(list, "\n") {
			files = append(files, file(path, string(rune('a'+i%3)), path))
		}
		made, err := New(slices.Clone(files))
		shuffled := slices.Clone(files)
		rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		again, againErr := New(shuffled)
		if (err == nil) != (againErr == nil) {
			t.Fatalf("in another order: %v, then %v", err, againErr)
		}
		if err != nil {
			return
		}
		if !reflect.DeepEqual(made, again) {
			t.Error("in another order the Tree is another")
		}
		known := map[string]bool{}
		for i, f := range made.Files() {
			if CheckPath(f.Path) != nil || i > 0 && made.Files()[i-1].Path >= f.Path {
				t.Errorf("%q stands at place %d", f.Path, i)
			}
			known[f.Path] = true
		}
		for path := range known {
			for i := range path {
				if path[i] == '/' && known[path[:i]] {
					t.Errorf("%q is a file and a folder", path[:i])
				}
			}
		}
		made.Twins()
	})
}
