package interpreter

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/internal/atomicfile"
)

// configFile is what a virtual environment has beside or above its interpreter (PEP 405).
const configFile = "pyvenv.cfg"

// maxMemory bounds what is read of a remembered answer or of a pyvenv.cfg.
const maxMemory = 128 << 10

// Query is what an interpreter, a path or the name of a program on PATH, says that it is. It is asked only when Cache
// does not know it: when its executable, where that leads to, or its environment's pyvenv.cfg changed since.
func (f *Finder) Query(ctx context.Context, path string) (Info, error) {
	absolute, err := f.locate(path)
	if err == nil {
		var info Info
		if info, err = f.query(ctx, absolute); err == nil {
			return info, nil
		}
	}
	if ctx.Err() != nil {
		return Info{}, ctx.Err()
	}
	return Info{}, asking(path, err)
}

// locate is the absolute path of an interpreter.
func (f *Finder) locate(path string) (string, error) {
	if filepath.Base(path) == path {
		if found := f.named(f.folders(), path); len(found) > 0 {
			return found[0], nil
		}
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(absolute)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", errors.New("there is no such file")
	case err != nil:
		return "", fmt.Errorf("it can't be read: %v", errors.Unwrap(err))
	case info.IsDir():
		return "", errors.New("it is a folder without an interpreter")
	case !isExecutable(absolute):
		return "", errors.New("it is no executable file")
	}
	return absolute, nil
}

// query is Query for an absolute path. Its error is the reason, without the path.
func (f *Finder) query(ctx context.Context, path string) (Info, error) {
	if f.Cache == "" {
		return f.start(ctx, path, nil)
	}
	if info, ok := f.throughBase(ctx, path); ok {
		return info, nil
	}
	identity := identityOf(path)
	if line := recall(f.entry(path), identity); line != nil {
		return readAnswer(line)
	}
	return f.start(ctx, path, identity)
}

// start asks an interpreter, and remembers what it answers.
func (f *Finder) start(ctx context.Context, path string, identity []string) (Info, error) {
	line, err := ask(ctx, path, patience)
	if err != nil {
		return Info{}, err
	}
	info, err := readAnswer(line)
	if info.Executable == "" {
		info.Executable = path
	}
	if info.BaseExecutable == "" {
		info.BaseExecutable = info.Executable
	}
	if len(identity) > 0 && err == nil && sameFile(path, info.Executable) {
		remember(f.entry(path), identity, line)
	}
	return info, err
}

// sameFile tells that an interpreter is itself what it says: a shim starts another one, at another time maybe yet another.
func sameFile(path, executable string) bool {
	a, err := os.Stat(path)
	if err != nil {
		return false
	}
	b, err := os.Stat(executable)
	return err == nil && os.SameFile(a, b)
}

// throughBase is what the interpreter of an environment is by the one that it points to: the same program, with the same
// library. Its path alone is its own.
func (f *Finder) throughBase(ctx context.Context, path string) (Info, bool) {
	config := configOf(path)
	if config == "" {
		return Info{}, false
	}
	base := baseOf(path, config)
	if base == "" {
		return Info{}, false
	}
	info, err := f.query(ctx, base)
	if err != nil || !sameFile(base, info.Executable) {
		return Info{}, false
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(config), "lib", info.Library)); err != nil {
		return Info{}, false // whatever this is, it is for its interpreter to say
	}
	info.Executable = path
	return info, true
}

// baseOf is the interpreter, of no environment, whose program an environment's interpreter links to; "" when there is none.
func baseOf(path, config string) string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil || real == path {
		return ""
	}
	for range 10 { // environments of environments, as CPython 3.10 and older make them
		home := homeOf(config)
		if !filepath.IsAbs(home) {
			return ""
		}
		// The library is next to where home is, not to where links in it lead.
		base := filepath.Join(home, filepath.Base(real))
		if config = configOf(base); config != "" {
			continue
		}
		if sameFile(base, real) {
			return base
		}
		return ""
	}
	return ""
}

// configOf is the pyvenv.cfg that makes an interpreter one of an environment; "" for none.
func configOf(path string) string {
	folder := filepath.Dir(path)
	for _, place := range []string{folder, filepath.Dir(folder)} {
		if config := filepath.Join(place, configFile); isRegular(config) {
			return config
		}
	}
	return ""
}

// homeOf is the folder that a pyvenv.cfg says the base's executable is in; "" when it does not.
func homeOf(config string) string {
	home := ""
	for line := range strings.Lines(string(readSmall(config))) {
		key, value, _ := strings.Cut(line, "=")
		if strings.EqualFold(strings.TrimSpace(key), "home") {
			home = strings.TrimSpace(value)
		}
	}
	return home
}

// readSmall reads a file that is no larger than it should be; nil for others.
func readSmall(path string) []byte {
	if !isRegular(path) {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxMemory+1))
	if err != nil || len(data) > maxMemory {
		return nil
	}
	return data
}

// identityOf is all that an interpreter's answer depends on: the question, its file, its environment's configuration, the
// loader that brings the C library, and the system. nil when it can't be told from what it becomes.
func identityOf(path string) []string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil
	}
	own := identify(real)
	if own == "" {
		return nil
	}
	question := sha256.Sum256([]byte(describe))
	all := []string{hex.EncodeToString(question[:]), path, real, own, system()}
	if config := configOf(path); config != "" {
		all = append(all, config, identify(config))
	}
	if loader := loaderOf(real); loader != "" {
		all = append(all, loader, identify(loader))
	}
	return all
}

// loaderOf is the program interpreter of an ELF file, "/lib64/ld-linux-x86-64.so.2"; "" of others.
func loaderOf(path string) string {
	file, err := elf.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP && part.Filesz <= 4096 {
			name, err := io.ReadAll(part.Open())
			if err != nil {
				return ""
			}
			return string(bytes.TrimRight(name, "\x00"))
		}
	}
	return ""
}

// memory is an answer as it is kept, below the SHA-256 of what follows it.
type memory struct {
	Identity []string        `json:"identity"`
	Answer   json.RawMessage `json:"answer"`
}

// entry is the file that remembers what an interpreter said.
func (f *Finder) entry(path string) string {
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(f.Cache, hex.EncodeToString(sum[:16]))
}

// recall reads an answer; nil when there is none, it is damaged, or it was another interpreter's.
func recall(entry string, identity []string) []byte {
	seal, text, _ := bytes.Cut(readSmall(entry), []byte("\n"))
	sum := sha256.Sum256(text)
	var known memory
	if string(seal) != hex.EncodeToString(sum[:]) || json.Unmarshal(text, &known) != nil || !slices.Equal(known.Identity, identity) || len(identity) == 0 {
		return nil
	}
	return known.Answer
}

// remember keeps an answer. That it can't, in a read-only store, costs the next run a question.
func remember(entry string, identity []string, line []byte) {
	text, err := json.Marshal(memory{identity, line})
	if err != nil || os.MkdirAll(filepath.Dir(entry), 0o777) != nil {
		return
	}
	sum := sha256.Sum256(text)
	_ = atomicfile.WriteFile(entry, append([]byte(hex.EncodeToString(sum[:])+"\n"), text...), 0o666)
}
