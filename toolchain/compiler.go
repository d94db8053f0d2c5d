package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The flags of every compilation. They are those that CPython compiles extension modules with on Linux, without debug
// information, which holds paths and is most of an object's bytes.
const (
	flags = "-O2 -g0 -fPIC -fwrapv -DNDEBUG"
	// linkFlags leave out libraries that nothing is used of, as some distributions' compilers do by default and others' don't.
	linkFlags = "-Wl,--as-needed"
)

// probeTimeout bounds a compiler that hangs when it is asked what it is; zig takes seconds at its first use.
const probeTimeout = time.Minute

// compiler is one that was found.
type compiler struct {
	name    string // as messages show it
	cc, cxx string // commands with arguments; cxx is "" when there is none for C++
	zig     bool
}

// nativeCompiler is the host's own compiler, nil when there is none.
func (f *finder) nativeCompiler(ctx context.Context) (*compiler, error) {
	fits := func(string) bool { return true }
	if f.Target.OS() == "linux" {
		fits = platformOf(f.Target).makes
	}
	if f.CC != "" {
		return f.named(ctx, fits)
	}
	for _, cc := range []string{f.getenv("CC"), "cc", "gcc", "clang"} {
		if cc == "" {
			continue
		}
		cxx := f.CXX
		if cxx == "" && cc == f.getenv("CC") {
			cxx = f.getenv("CXX")
		}
		if c, err := f.probe(ctx, cc, cxx, fits); err == nil {
			return c, nil
		} else if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return nil, nil
}

// crossCompiler is a compiler for another platform, nil when there is none.
func (f *finder) crossCompiler(ctx context.Context, p platform) (*compiler, error) {
	if f.CC != "" {
		return f.named(ctx, p.makes)
	}
	prefix := p.compilerPrefix()
	for _, cc := range []string{f.getenv("CC"), prefix + "-gcc"} {
		if cc == "" {
			continue
		}
		cxx := f.CXX
		if cxx == "" && cc == f.getenv("CC") {
			cxx = f.getenv("CXX")
		}
		if c, err := f.probe(ctx, cc, cxx, p.makes); err == nil {
			return c, nil
		} else if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	if zig := f.findZig(ctx); zig != "" {
		return f.probe(ctx, zig+" cc", f.CXX, p.makes)
	}
	return nil, nil
}

// named is the compiler that the request names.
func (f *finder) named(ctx context.Context, fits func(string) bool) (*compiler, error) {
	c, err := f.probe(ctx, f.CC, f.CXX, fits)
	if err != nil {
		return nil, fmt.Errorf("the compiler %q is not one for %s: %w", f.CC, f.Target, err)
	}
	return c, nil
}

// probe asks a compiler what it is. The C++ compiler is the one beside it when cxx is "".
func (f *finder) probe(ctx context.Context, cc, cxx string, fits func(triple string) bool) (*compiler, error) {
	words := strings.Fields(cc)
	if len(words) == 0 {
		return nil, errors.New("its command is empty")
	}
	path, err := exec.LookPath(words[0])
	if err != nil {
		return nil, fmt.Errorf("there is no program %q", words[0])
	}
	if isZig(words) {
		return f.probeZig(ctx, words, cxx)
	}
	version, err := f.ask(ctx, words, "--version")
	if err != nil {
		return nil, err
	}
	triple, err := f.ask(ctx, words, "-dumpmachine")
	if err != nil {
		return nil, err
	}
	if strings.Contains(version, "clang") && !fits(triple) && crosses(f.host, f.Target) {
		words = append(words, "--target="+platformOf(f.Target).triplet())
		if triple, err = f.ask(ctx, words, "-dumpmachine"); err != nil {
			return nil, err
		}
	}
	if !fits(triple) {
		return nil, fmt.Errorf("%w: it makes programs for %.100q", errWrongMachine, triple)
	}
	c := &compiler{name: strings.TrimSpace(filepath.Base(path) + " " + release(version)), cc: strings.Join(words, " "), cxx: cxx}
	f.versions = append(f.versions, c.name, version)
	if cxx == "" {
		c.cxx = sibling(words)
	} else if _, err := exec.LookPath(strings.Fields(cxx + " ")[0]); err != nil {
		return nil, fmt.Errorf("there is no program %q for C++", cxx)
	}
	if c.cxx != "" {
		said, err := f.ask(ctx, strings.Fields(c.cxx), "--version")
		if err != nil {
			return nil, err
		}
		f.versions = append(f.versions, said)
	}
	return c, nil
}

// ask runs a compiler with one more argument and gives what it says.
func (f *finder) ask(ctx context.Context, words []string, argument string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, words[0], append(words[1:len(words):len(words)], argument)...)
	cmd.Env = append(cmd.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("asking %s for %s: %w", words[0], argument, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// release is the version in the first line that a compiler says of itself: "12.2.0" of both
// "gcc (Debian 12.2.0-14) 12.2.0" and "Debian clang version 12.2.0 (rev)". It is "" when there is none.
func release(version string) string {
	line, _, _ := strings.Cut(version, "\n")
	for _, before := range []string{"version ", ") "} {
		if _, rest, ok := strings.Cut(line, before); ok {
			number, _, _ := strings.Cut(rest, " ")
			return number
		}
	}
	return ""
}

// sibling is the C++ compiler that belongs to a C compiler: aarch64-linux-gnu-g++-12 for aarch64-linux-gnu-gcc-12.
// It is "" when there is none.
func sibling(words []string) string {
	dir, name := filepath.Split(words[0])
	base, suffix := name, ""
	if at := strings.LastIndexByte(name, '-'); at > 0 && strings.Trim(name[at+1:], "0123456789.") == "" {
		base, suffix = name[:at], name[at:]
	}
	for _, pair := range [][2]string{{"gcc", "g++"}, {"clang", "clang++"}, {"cc", "c++"}} {
		if front, ok := strings.CutSuffix(base, pair[0]); ok {
			cxx := dir + front + pair[1] + suffix
			if _, err := exec.LookPath(cxx); err != nil {
				return ""
			}
			return strings.Join(append([]string{cxx}, words[1:]...), " ")
		}
	}
	return ""
}

// tool is the program of a compiler's binutils, such as ar.
func (f *finder) tool(ctx context.Context, c *compiler, name string) string {
	if said, err := f.ask(ctx, strings.Fields(c.cc), "-print-prog-name="+name); err == nil && said != "" {
		if path, err := exec.LookPath(said); err == nil {
			return path
		}
	}
	return name
}

func (f *finder) getenv(name string) string {
	if f.Getenv == nil {
		return ""
	}
	return f.Getenv(name)
}
