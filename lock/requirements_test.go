package lock

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// opening reads the files that a lock names from a literal.
func opening(files map[string]string) func(string) ([]byte, error) {
	system := fstest.MapFS{}
	for name, text := range files {
		system[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return func(name string) ([]byte, error) { return fs.ReadFile(system, name) }
}

// testdata/requirements has what uv 0.13.9 exported from the locks of the same name in testdata/uv.
func TestRequirements(t *testing.T) {
	for _, folder := range []string{"forks", "sources", "workspace"} {
		t.Run(folder, func(t *testing.T) {
			folder := filepath.Join("testdata", "requirements", folder)
			data, err := os.ReadFile(filepath.Join(folder, "requirements.txt"))
			if err != nil {
				t.Fatal(err)
			}
			l, err := Read(Input{Path: "requirements.txt", Data: data, Open: opening(map[string]string{
				"ed/pyproject.toml":         "[project]\nname = \"ed\"\nversion = \"0.1\"",
				"packages/a/pyproject.toml": "[project]\nname = \"a\"\nversion = \"2.0\"",
				"packages/b/pyproject.toml": "[project]\nname = \"b\"\ndynamic = [\"version\"]",
			})})
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join(folder, "want.txt"), dump(l)+dumpHashes(l))
		})
	}
}

// dumpHashes are the hashes of packages whose files are not named.
func dumpHashes(l *Lock) string {
	var b strings.Builder
	for _, p := range l.Packages {
		for _, h := range p.Hashes {
			fmt.Fprintf(&b, "hash of %s %s: %s %.12s\n", p.Name, p.Version, h.Algorithm, h.Hex)
		}
	}
	return b.String()
}

func TestLogicalLines(t *testing.T) {
	text := "a # comment\n\n  # b\nc \\\n  d # e\n\\\nf\ng\\\r\n h\r\ni \\\n# ends here\nj#k\nl \\"
	var got []string
	for line, text := range logicalLines(text) {
		got = append(got, fmt.Sprintf("%d %s", line, text))
	}
	want := []string{"1 a", "4 c   d", "6 f", "8 g h", "10 i", "12 j#k", "13 l"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

const hashOption = " --hash=sha256:" + digest

func TestRequirementsGrammar(t *testing.T) {
	other := strings.Repeat("0", 64)
	text := strings.ReplaceAll(`--index-url https://user:secret@example.org/simple
--require-hashes --prefer-binary
-f links --only-binary :all:
Alpha[fast, slow] == 1.0 ; python_version < '4' HASH
beta===2.0 \
    --hash sha256:`+other+` \
    HASH
-r more/base.txt
-c limits.txt
gamma @ https://example.org/gamma-3.0-py3-none-any.whl#sha256=`+digest+`
git+https://example.org/r@`+digest[:40]+`#egg=delta&subdirectory=sub
./files/epsilon-5.0.tar.gz HASH
-e .
`, "HASH", hashOption)
	l, err := Read(Input{Path: "locks/requirements-dev.txt", Data: []byte(text), Open: opening(map[string]string{
		"more/base.txt":   "-r ../more.txt\nzeta==6" + hashOption,
		"more.txt":        "eta==7" + hashOption + "\neta==7" + hashOption + "\n",
		"limits.txt":      "alpha<2\nunknown==1\nbeta==1; python_version < '3'\n",
		"also/limits.txt": "",
	})})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(`requirements.txt  of "", python "" (line 0)
extras [], groups [], by default []
index {Name: URL:https://user:secret@example.org/simple Explicit:false Flat:false Default:true}
index {Name: URL:links Explicit:false Flat:true Default:false}
warning locks/requirements-dev.txt:3: --only-binary is not obeyed
root alpha[fast slow] (line 4) at ==1.0 if python_version < "4" only 1.0 group "" from ""
root beta[] (line 5) at ===2.0 only 2.0 group "" from ""
root eta[] (line 1) at ==7 only 7 group "" from ""
root eta[] (line 2) at ==7 only 7 group "" from ""
root zeta[] (line 2) at ==6 only 6 group "" from ""
root gamma[] (line 10) only 3.0 from {Kind:url Name: URL:https://example.org/gamma-3.0-py3-none-any.whl Path: Reference: Commit: Subdirectory: Editable:false} group "" from ""
root delta[] (line 11) from {Kind:git Name: URL:https://example.org/r Path: Reference:COMMIT Commit:COMMIT Subdirectory:sub Editable:false} group "" from ""
root epsilon[] (line 12) only 5.0 from {Kind:path Name: URL: Path:files/epsilon-5.0.tar.gz Reference: Commit: Subdirectory: Editable:false} group "" from ""

alpha 1.0 (line 4) INDEX python "" provides []
  spelled "Alpha"
  included by "" if python_version < "4"

beta 2.0 (line 5) INDEX python "" provides []
  included by "" if 

eta 7 (line 1) INDEX python "" provides []
  included by "" if 
  included by "" if 

zeta 6 (line 2) INDEX python "" provides []
  included by "" if 

gamma 3.0 (line 10) {Kind:url Name: URL:https://example.org/gamma-3.0-py3-none-any.whl Path: Reference: Commit: Subdirectory: Editable:false} python "" provides []
  included by "" if 
  wheel gamma-3.0-py3-none-any.whl https://example.org/gamma-3.0-py3-none-any.whl (line 10) a3f5c1b2d4e6

delta  (line 11) {Kind:git Name: URL:https://example.org/r Path: Reference:COMMIT Commit:COMMIT Subdirectory:sub Editable:false} python "" provides []
  included by "" if 
  git  https://example.org/r (line 11) 

epsilon 5.0 (line 12) {Kind:path Name: URL: Path:files/epsilon-5.0.tar.gz Reference: Commit: Subdirectory: Editable:false} python "" provides []
  included by "" if 
  sdist epsilon-5.0.tar.gz files/epsilon-5.0.tar.gz (line 12) a3f5c1b2d4e6
hash of alpha 1.0: sha256 a3f5c1b2d4e6
hash of beta 2.0: sha256 000000000000
hash of beta 2.0: sha256 a3f5c1b2d4e6
hash of eta 7: sha256 a3f5c1b2d4e6
hash of zeta 6: sha256 a3f5c1b2d4e6
`, "INDEX", "{Kind:index Name: URL:https://user:secret@example.org/simple Path: Reference: Commit: Subdirectory: Editable:false}")
	want = strings.ReplaceAll(want, "COMMIT", digest[:40])
	if diff := cmp.Diff(want, dump(l)+dumpHashes(l)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRequirementsNoIndex(t *testing.T) {
	for links, want := range map[string]Source{
		"https://example.org/links": {Kind: FromFlat, URL: "https://example.org/links"},
		"./links":                   {Kind: FromFlat, Path: "links"},
	} {
		l, err := Read(Input{Path: "requirements.txt", Data: []byte("--no-index\n--find-links " + links + "\nalpha==1" + hashOption)})
		if err != nil {
			t.Fatal(err)
		}
		if l.Packages[0].Source != want {
			t.Errorf("%s: %+v", links, l.Packages[0].Source)
		}
	}
}

func TestMalformedRequirements(t *testing.T) {
	open := opening(map[string]string{
		"again.txt": "\n-r again.txt", "bad.txt": "\n\nalpha>=1", "limits.txt": "alpha<1\n", "twice.txt": "-r requirements.txt",
		"unnamed/pyproject.toml": "[tool.x]", "broken/pyproject.toml": "x",
	})
	for name, test := range map[string]struct{ text, want string }{
		"empty":             {" \n", "requirements.txt: the file is empty"},
		"only comments":     {"# nothing\n", "requirements.txt: no requirements"},
		"html":              {"<html>", "requirements.txt:1: an HTML or XML page"},
		"conflict":          {"\n<<<<<<< HEAD\nalpha==1\n", "requirements.txt:2: a line of a git merge conflict"},
		"not UTF-8":         {"alpha==1\n\xff", "requirements.txt:2: not UTF-8"},
		"UTF-16":            {"\xff\xfea\x00", "requirements.txt:1: not UTF-8"},
		"nul":               {"alpha\x00==1", "requirements.txt:1: a control character"},
		"line separator":    {"# x\u2028alpha", "requirements.txt:1: a control character"},
		"unpinned":          {"\nalpha>=1" + hashOption, "requirements.txt:2: alpha: not pinned to a version by =="},
		"no specifier":      {"alpha" + hashOption, "requirements.txt:1: alpha: not pinned"},
		"wildcard":          {"alpha==1.*" + hashOption, "requirements.txt:1: alpha: not pinned"},
		"two specifiers":    {"alpha==1,<2" + hashOption, "requirements.txt:1: alpha: not pinned"},
		"bad version":       {"alpha==one" + hashOption, "requirements.txt:1: alpha: "},
		"no hash":           {"alpha==1", "requirements.txt:1: alpha 1: no sha256"},
		"hash md5":          {"alpha==1 --hash=md5:" + digest[:32], "requirements.txt:1: alpha: only md5"},
		"hash sha1":         {"alpha==1 --hash=sha1:" + digest[:40], "requirements.txt:1: alpha: only sha1"},
		"hash short":        {"alpha==1 --hash=sha256:" + digest[:40], "requirements.txt:1: alpha: the sha256 has 40 digits, not 64"},
		"hash not hex":      {"alpha==1 --hash=sha256:" + strings.Repeat("g", 64), "is not hexadecimal"},
		"hash unknown":      {"alpha==1 --hash=crc:1", `unknown hash algorithm "crc"`},
		"hash of nothing":   {"alpha==1 --hash", `requirements.txt:1: option "--hash" without a value`},
		"hash alone":        {"--hash=sha256:" + digest, `requirements.txt:1: unknown option "--hash"`},
		"name path":         {"../../alpha==1" + hashOption, "requirements.txt:1: a path outside of the lock's folder"},
		"name quote":        {`al"pha==1` + hashOption, "requirements.txt:1: "},
		"name option":       {"--upload-pack=x==1" + hashOption, `unknown option "--upload-pack"`},
		"escape codes":      {"al\x1b[31mpha==1", "requirements.txt:1: a control character"},
		"marker cut":        {"alpha==1; python_version <" + hashOption, "requirements.txt:1: alpha: "},
		"marker deep":       {"alpha==1; " + strings.Repeat("(", 20_000), "requirements.txt:1: alpha: "},
		"extra index":       {"--extra-index-url https://user:secret@example.org/simple\nalpha==1" + hashOption, `requirements.txt:1: --extra-index-url "https://example.org/simple": no second index is asked`},
		"two indexes":       {"-i https://a.example/simple\n-i https://b.example/simple", `requirements.txt:2: --index-url "https://b.example/simple": another index`},
		"index file":        {"-i file:///etc", "is not an http or https URL"},
		"variable":          {"--index-url https://${USER}:${PASSWORD}@example.org", "requirements.txt:1: "},
		"url variable":      {"alpha @ https://example.org/${X}.whl", "asks for a variable, which is not expanded"},
		"url local":         {"alpha @ file:///etc/alpha-1-py3-none-any.whl" + hashOption, "a URL that is not of http, https or git"},
		"url no hash":       {"alpha @ https://example.org/alpha-1-py3-none-any.whl", "requirements.txt:1: alpha: no sha256"},
		"url other":         {"alpha @ https://example.org/beta-1-py3-none-any.whl" + hashOption, "is a file of another project"},
		"url nameless":      {"https://example.org/main.zip" + hashOption, "the name of the project is missing"},
		"url secret":        {"alpha @ ftp://user:secret@example.org/x.whl" + hashOption, "requirements.txt:1: alpha: a URL"},
		"path absolute":     {"/etc/alpha-1.tar.gz" + hashOption, "a path outside of the lock's folder"},
		"path climbs":       {"./x/../../alpha-1.tar.gz" + hashOption, "a path outside of the lock's folder"},
		"path no hash":      {"./alpha-1.tar.gz", `requirements.txt:1: no sha256 for "alpha-1.tar.gz"`},
		"folder gone":       {"./gone", "a folder without a pyproject.toml"},
		"folder unnamed":    {"-e ./unnamed", `"unnamed/pyproject.toml" does not name its project`},
		"folder broken":     {"-e ./broken", `"broken/pyproject.toml": line 1`},
		"git branch":        {"alpha @ git+https://example.org/r@main", "requirements.txt:1: alpha: a repository without a full commit"},
		"git ext":           {"alpha @ git+ext::sh -c id", "requirements.txt:1: alpha: "},
		"git option":        {"alpha @ git+--upload-pack=id@" + digest[:40], "a repository whose URL is not of https, ssh, git or file"},
		"git climb":         {"alpha @ git+https://example.org/r@" + digest[:40] + "#subdirectory=../x", "a subdirectory that leads out of the repository"},
		"include outside":   {"-r ../base.txt", `requirements.txt:1: --requirement "../base.txt" is outside of the lock's folder`},
		"include absolute":  {"-r/etc/passwd", "is outside of the lock's folder"},
		"include url":       {"-c https://user:secret@example.org/base.txt", `requirements.txt:1: --constraint "https://example.org/base.txt" is outside`},
		"include gone":      {"-r gone.txt", `requirements.txt:1: reading "gone.txt"`},
		"include itself":    {"-r again.txt", "again.txt:2: --requirement \"again.txt\": the file includes itself"},
		"include the lock":  {"-r twice.txt", "twice.txt:1: "},
		"include bad":       {"-r bad.txt", "bad.txt:3: alpha: not pinned"},
		"constraint unmet":  {"-c limits.txt\nalpha==1" + hashOption, `limits.txt:1: alpha 1: the constraint "<1" does not allow it`},
		"option unknown":    {"--frobnicate", `requirements.txt:1: unknown option "--frobnicate"`},
		"short unknown":     {"-x", `requirements.txt:1: unknown option "-x"`},
		"option misplaced":  {"alpha==1 --index-url https://example.org", `requirements.txt:1: alpha: option "--index-url" after a requirement`},
		"quotes":            {`--find-links "a b"`, `option "--find-links" with quotes`},
		"find-links climbs": {"--find-links ../x", "within the lock's folder"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(Input{Path: "requirements.txt", Data: []byte(test.text), Open: open})
			wantError(t, err, test.want)
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("a secret is shown: %v", err)
			}
		})
	}
}

// TestIncludeBomb checks that files that include each other many times end in an error, soon.
func TestIncludeBomb(t *testing.T) {
	open := func(name string) ([]byte, error) {
		return []byte(strings.Repeat("-r x"+name+"\n", 20)), nil
	}
	_, err := Read(Input{Path: "requirements.txt", Data: []byte("-r a.txt"), Open: open})
	wantError(t, err, "files include each other more than 20 deep")
	open = func(name string) ([]byte, error) {
		if len(name) > 10 {
			return []byte("# nothing"), nil
		}
		return []byte(strings.Repeat("-r x"+name+"\n", 20)), nil
	}
	_, err = Read(Input{Path: "requirements.txt", Data: []byte("-r a.txt"), Open: open})
	wantError(t, err, "more than 1000 files are included")
}

func TestRequirementsWithoutOpen(t *testing.T) {
	for _, line := range []string{"-r base.txt", "-e ./folder"} {
		_, err := Read(Input{Path: "requirements.txt", Data: []byte(line)})
		wantError(t, err, "be read here")
	}
}

func FuzzReadRequirements(f *testing.F) {
	for _, folder := range []string{"forks", "sources", "workspace"} {
		data, err := os.ReadFile(filepath.Join("testdata", "requirements", folder, "requirements.txt"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data), "-r c\n-c requirements.txt\nalpha==1"+hashOption)
	}
	f.Add("-r b\n-i https://example.org\n-f x --no-index\nalpha @ https://h/x.zip#sha256="+digest, "beta==1\\\n"+hashOption+"\n-e ./x #egg=y")
	f.Fuzz(func(t *testing.T, data, included string) {
		l, err := Read(Input{Path: "requirements.txt", Data: []byte(data), Open: func(name string) ([]byte, error) {
			if name == "" || name == ".." || strings.HasPrefix(name, "../") || strings.HasPrefix(name, "/") {
				t.Errorf("%q is opened", name)
			}
			return []byte(included), nil
		}})
		checkRead(t, l, err)
	})
}
