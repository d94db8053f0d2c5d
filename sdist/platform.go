package sdist

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/ofiuco/ofiuco/binary"
	"github.com/ofiuco/ofiuco/pypa/filename"
	"github.com/ofiuco/ofiuco/pypa/tag"
	"github.com/ofiuco/ofiuco/target"
	"github.com/ofiuco/ofiuco/wheel"
)

// maxObject is the largest object file that is read, in bytes: it is held in memory.
const maxObject = 1 << 30

// object is an object file in a wheel.
type object struct {
	path string
	*binary.File
}

// library tells whether it is an extension module or a shared library: what a Python loads, and so of its machine.
// Other object files may be data, such as firmware.
func (o object) library() bool {
	base := path.Base(o.path)
	return strings.HasSuffix(base, ".so") || strings.Contains(base, ".so.") ||
		strings.HasSuffix(base, ".pyd") || strings.HasSuffix(base, ".dll") || strings.HasSuffix(base, ".dylib")
}

// name is the file name of the finished wheel.
func (f *finisher) name() (string, error) {
	objects, err := f.objects()
	if err != nil {
		return "", err
	}
	parts := strings.Split(strings.TrimSuffix(f.Filename, ".whl"), "-")
	platform := &parts[len(parts)-1]
	if *platform == "any" {
		if at := slices.IndexFunc(objects, object.library); at >= 0 {
			f.note("%s is machine code, although the wheel says that it runs on any platform", objects[at].path)
		}
	} else if err := f.checkMachines(objects); err != nil {
		return "", err
	}
	if f.isLinux(*platform) {
		if *platform, err = f.linux(objects); err != nil {
			return "", err
		}
	}
	name := strings.Join(parts, "-") + ".whl"
	parsed, err := filename.ParseWheel(name)
	if err != nil {
		return "", err
	}
	if why := f.target.Why(parsed.Tags); why != (target.Mismatch{}) {
		return "", f.unfit(why.Detail, "")
	}
	return name, nil
}

// isLinux tells whether all of a compressed set of platform tags are for Linux on the target's processor.
func (f *finisher) isLinux(platforms string) bool {
	for platform := range strings.SplitSeq(platforms, ".") {
		if !strings.Contains(platform, "linux") || !strings.HasSuffix(platform, "_"+f.target.Arch()) {
			return false
		}
	}
	return f.target.OS() == target.Linux
}

// objects are the object files in the wheel.
func (f *finisher) objects() ([]object, error) {
	var objects []object
	for i := range f.Entries {
		e := &f.Entries[i]
		file, err := f.object(e)
		o := object{e.Path, file}
		var broken *binary.FormatError
		switch {
		case errors.As(err, &broken) && !o.library():
		case err != nil:
			return nil, fmt.Errorf("reading %q of %s: %w", e.Path, f.Filename, err)
		case file != nil:
			objects = append(objects, o)
		}
	}
	return objects, nil
}

// object reads an object file; it is nil for a file of another kind.
func (f *finisher) object(e *wheel.Entry) (*binary.File, error) {
	content := e.Content(f.file)
	r, err := content.NewReader()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	start := make([]byte, 4)
	n, err := io.ReadFull(r, start)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return nil, err
	}
	if !binary.MayBe(start[:n]) {
		return nil, nil
	}
	if e.Size > maxObject {
		return nil, fmt.Errorf("it has more than %d MiB", maxObject>>20)
	}
	data, err := content.ReadAll()
	if err != nil {
		return nil, err
	}
	return binary.Read(bytes.NewReader(data), e.Size)
}

// checkMachines refuses libraries for another processor than the target's.
func (f *finisher) checkMachines(objects []object) error {
	wanted := f.target.Arch()
	for _, o := range objects {
		if o.library() && !slices.Contains(o.Machines, wanted) {
			return f.unfit(fmt.Sprintf("%s is compiled for %s, not for %s", o.path, strings.Join(o.Machines, " and "), wanted),
				"The build did not use the cross compiler that it was given (CC, LDSHARED): tell the project's maintainers.")
		}
	}
	return nil
}

// linux is the platform tag of a wheel of Linux: the oldest manylinux that has what its object files need, or the
// target's musllinux. It is linux_ARCH, which promises nothing, where they need more than such a platform has.
func (f *finisher) linux(objects []object) (string, error) {
	inside := map[string]bool{}
	for i := range f.Entries {
		inside[path.Base(f.Entries[i].Path)] = true
	}
	libc, arch := f.target.Libc(), f.target.Arch()
	musl := libc.Name == binary.Musl
	var files []*binary.File
	for _, o := range objects {
		if o.Format != binary.ELF || !slices.Contains(o.Machines, arch) {
			continue
		}
		if needsMusl := slices.ContainsFunc(o.Needed, isMusl); needsMusl != musl && (needsMusl || needsGlibc(o.File)) {
			return "", f.unfit(fmt.Sprintf("%s is linked with the other C library than %s", o.path, libc), "")
		}
		files = append(files, o.File)
	}
	floor := binary.FloorOf(files, libc.Name, func(library string) bool { return inside[library] })
	if floor.Glibc > libc.Minor && !musl {
		return "", f.unfit(fmt.Sprintf("it needs glibc 2.%d, for %s", floor.Glibc, floor.Reason),
			"Build for an older glibc with zig (pip install ziglang, --cc 'zig cc'), or on a system as old as the target.")
	}
	switch {
	case len(floor.Foreign) > 0:
		f.note("it needs %s where it runs, since that is not in the wheel", strings.Join(floor.Foreign, " and "))
		return "linux_" + arch, nil
	case len(floor.Unknown) > 0:
		f.note("it needs %s, which no known manylinux platform has", strings.Join(floor.Unknown, " and "))
		return "linux_" + arch, nil
	case musl:
		return "musllinux_1_" + strconv.Itoa(libc.Minor) + "_" + arch, nil
	}
	// A wheel without a library of its own says nothing of glibc: any will do.
	return "manylinux_2_" + strconv.Itoa(max(floor.Glibc, tag.OldestGlibc(arch))) + "_" + arch, nil
}

// needsGlibc tells whether a file needs a version of glibc.
func needsGlibc(file *binary.File) bool {
	return slices.ContainsFunc(file.Versions, func(v binary.Version) bool { return v.Set == "GLIBC" })
}

// isMusl tells whether a library is musl itself, as Alpine and others name it.
func isMusl(library string) bool {
	return library == "libc.so" || strings.HasPrefix(library, "libc.musl-") || strings.HasPrefix(library, "ld-musl-")
}

func (f *finisher) note(format string, args ...any) {
	f.notes = append(f.notes, fmt.Sprintf(format, args...))
}

// unfit is the error of a wheel that does not run on the target.
func (f *finisher) unfit(reason, hint string) *Error {
	return &Error{
		Package: f.Name.String() + " " + f.Version.String(), Hint: hint,
		Msg: fmt.Sprintf("the wheel that was built does not run on %s: %s", f.target, reason),
	}
}
