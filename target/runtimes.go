package target

import (
	"slices"
	"strconv"

	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// Runtime is a managed runtime, as data.
type Runtime struct {
	Name         string
	Packages     map[name.Name]version.Version // what it preinstalls
	MaxZipped    int64                         // bytes; direct upload
	MaxUnzipped  int64                         // bytes
	SitePackages []string
}

// Lambda's Python runtimes.
const (
	oldestLambda   = 10
	newestLambda   = 14
	amazonLinux2   = 26 // minor version of its glibc 2
	amazonLinux23  = 34
	firstOnLinux23 = 12 // the first Python 3 on Amazon Linux 2023
)

// runtimeNamed is the runtime of that name, nil when there is none.
func runtimeNamed(s string) *Runtime {
	if !slices.Contains(Runtimes(), s) {
		return nil
	}
	return &Runtime{Name: s, MaxZipped: 50 << 20, MaxUnzipped: 250 << 20}
}

func (r *Runtime) target() Target {
	minor, _ := strconv.Atoi(r.Name[len("aws-lambda-python3.") : len("aws-lambda-python3.")+2])
	where := platform{os: Linux, kind: glibc, major: 2, minor: amazonLinux2, arch: "x86_64"}
	if minor >= firstOnLinux23 {
		where.minor = amazonLinux23
	}
	if r.Name[len(r.Name)-len("arm64"):] == "arm64" {
		where.arch = "aarch64"
	}
	return build(python{minor: minor}, where, r)
}

// Runtimes lists the runtimes by name.
func Runtimes() []string {
	var names []string
	for minor := oldestLambda; minor <= newestLambda; minor++ {
		base := "aws-lambda-python3." + strconv.Itoa(minor)
		names = append(names, base+"-arm64", base+"-x86_64")
	}
	return names
}
