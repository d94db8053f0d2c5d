package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"ofiuco": main,
	})
}

// TestScripts runs testdata/script/*.txtar against the real main. Beside testscript's own commands they have
//
//	wheel FILENAME PATH[=TEXT]…    makes a sound wheel in wheels/ and sets $SHA_<project> and $SIZE_<project>; PATH=@FILE
//	                               takes the text of a file
//	expand FILE…                   replaces $NAME in the files by the environment's values
//	unzip FILE DIR                 unpacks a zip
//	zipinfo FILE                   prints mode, method, time and path of each member to stdout
//	sum FILE NAME                  sets $NAME to the file's SHA-256
//	registry NAME                  starts a container registry on loopback and sets $NAME to its address
//	base DIR                       copies the examples' base of images, for two processors, to a folder
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("OFIUCO_CACHE_DIR", filepath.Join(env.WorkDir, ".cache"))
			env.Setenv("HOME", env.WorkDir)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"wheel":    scriptWheel,
			"expand":   scriptExpand,
			"unzip":    scriptUnzip,
			"zipinfo":  scriptZipinfo,
			"sum":      scriptSum,
			"registry": scriptRegistry,
			"base":     scriptBase,
		},
	})
}

func scriptWheel(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 1 {
		ts.Fatalf("usage: wheel FILENAME PATH[=TEXT]…")
	}
	members := map[string]string{}
	for _, arg := range args[1:] {
		path, text, _ := strings.Cut(arg, "=")
		if file, named := strings.CutPrefix(text, "@"); named {
			members[path] = ts.ReadFile(file)
			continue
		}
		members[path] = strings.ReplaceAll(text, `\n`, "\n")
	}
	data := buildWheel(args[0], members)
	ts.Check(os.MkdirAll(ts.MkAbs("wheels"), 0o777))
	ts.Check(os.WriteFile(ts.MkAbs(filepath.Join("wheels", args[0])), data, 0o666))
	project, _, _ := strings.Cut(args[0], "-")
	sum := sha256.Sum256(data)
	ts.Setenv("SHA_"+project, hex.EncodeToString(sum[:]))
	ts.Setenv("SIZE_"+project, fmt.Sprint(len(data)))
}

// buildWheel makes a sound wheel of the members; METADATA, WHEEL and RECORD are added where they are missing.
func buildWheel(filename string, members map[string]string) []byte {
	parts := strings.Split(strings.TrimSuffix(filename, ".whl"), "-")
	info := parts[0] + "-" + parts[1] + ".dist-info/"
	add := func(name, text string) {
		if _, ok := members[info+name]; !ok {
			members[info+name] = text
		}
	}
	add("METADATA", fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", parts[0], parts[1]))
	add("WHEEL", fmt.Sprintf("Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: %s\n", strings.Join(parts[len(parts)-3:], "-")))
	var record strings.Builder
	paths := slices.Sorted(func(yield func(string) bool) {
		for path := range members {
			if !yield(path) {
				return
			}
		}
	})
	for _, path := range paths {
		sum := sha256.Sum256([]byte(members[path]))
		fmt.Fprintf(&record, "%s,sha256=%s,%d\n", path, base64.RawURLEncoding.EncodeToString(sum[:]), len(members[path]))
	}
	fmt.Fprintf(&record, "%sRECORD,,\n", info)
	members[info+"RECORD"] = record.String()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, path := range append(paths, info+"RECORD") {
		writeMember(w, path, []byte(members[path]))
	}
	if err := w.Close(); err != nil {
		panic(err) // a bytes.Buffer never fails
	}
	return out.Bytes()
}

func scriptExpand(ts *testscript.TestScript, _ bool, args []string) {
	for _, file := range args {
		text := os.Expand(ts.ReadFile(file), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o666))
	}
}

func scriptUnzip(ts *testscript.TestScript, _ bool, args []string) {
	r, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer r.Close()
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), r))
}

func scriptZipinfo(ts *testscript.TestScript, _ bool, args []string) {
	r, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer r.Close()
	for _, f := range r.File {
		fmt.Fprintf(ts.Stdout(), "%s %d %s %s\n", f.Mode(), f.Method, f.Modified.Format("2006-01-02 15:04:05"), f.Name)
	}
}

func scriptSum(ts *testscript.TestScript, _ bool, args []string) {
	sum := sha256.Sum256([]byte(ts.ReadFile(args[0])))
	ts.Setenv(args[1], hex.EncodeToString(sum[:]))
}

func scriptRegistry(ts *testscript.TestScript, _ bool, args []string) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	ts.Defer(server.Close)
	ts.Setenv(args[0], strings.TrimPrefix(server.URL, "http://"))
}

func scriptBase(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.CopyFS(ts.MkAbs(args[0]), os.DirFS(exampleBase())))
}

// exampleBase is a folder, whatever the working directory is.
func exampleBase() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "examples", "bazel", "oci", "base")
}
