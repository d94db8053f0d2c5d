package binary

import "strings"

// The C libraries of Linux, in the words of target.Libc.
const (
	Glibc = "glibc"
	Musl  = "musl"
)

// Libc is the C library that an ELF file is linked with, Glibc or Musl; "" when it needs none, or another.
func (f *File) Libc() string {
	if f.Format != ELF {
		return ""
	}
	switch {
	case strings.Contains(f.Interpreter, "/ld-musl-"):
		return Musl
	case strings.Contains(f.Interpreter, "/ld-linux") || strings.Contains(f.Interpreter, "/ld64.so."):
		return Glibc
	}
	for _, library := range f.Needed {
		switch {
		case library == "libc.so.6":
			return Glibc
		case isMuslLibc(library) && !f.isAndroid():
			return Musl
		}
	}
	for _, v := range f.Versions {
		if v.Set == glibcSet && isGlibcLibrary(v.Library) {
			return Glibc
		}
	}
	return ""
}

// isAndroid holds for what is linked with Android's libc, which has the name of musl's, but one version without number.
func (f *File) isAndroid() bool {
	_, ok := f.Symbols["LIBC"]
	return ok
}

func isGlibcLibrary(library string) bool {
	switch library {
	case "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1":
		return true
	}
	return isLoader(library)
}
