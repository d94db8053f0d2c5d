package target

import (
	"strconv"

	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/version"
)

// Runtime is a managed runtime, as data. It is what was last known when the program was built: the
// operator updates a runtime in place, so that versions only say what it had at least.
type Runtime struct {
	Name string // "aws-lambda-python3.12-arm64"
	// Packages are what it preinstalls. The zero Version stands for one that is there in a version nobody
	// has published; nothing may be left out on its account.
	Packages map[name.Name]version.Version
	// PackagesAsOf is the day the versions of Packages were seen, "2025-10-26"; "" when none was.
	PackagesAsOf string
	// SitePackages are the folders the preinstalled packages lie in, in the order of sys.path, behind
	// those of the function and of its layers.
	SitePackages []string
	Interpreter  string // its path
	MaxZipped    int64  // bytes of a zip uploaded directly, not through S3
	MaxUnzipped  int64  // bytes of the function with its layers, unzipped
}

// lambda is what tells AWS Lambda's Python runtimes apart.
type lambda struct {
	minor int
	// glibc is the minor version of glibc 2 of the runtime's operating system.
	glibc int
	// python is the interpreter's last known version.
	python string
	// versions are the preinstalled packages' versions, by the order of lambdaPackages; nil when unknown.
	versions []string
	asOf     string
}

// The operating systems of Lambda: Amazon Linux 2 has glibc 2.26, Amazon Linux 2023 has glibc 2.34
// (docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html).
const (
	amazonLinux2    = 26
	amazonLinux2023 = 34
)

// lambdas are AWS Lambda's Python runtimes.
//
// The operating system of each: docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, read in its
// state of 2026; python3.14 since 2025-11-18 by endoflife.date/aws-lambda.
//
// The interpreter's version, its path and, once more, the glibc: what the base images say of themselves, as
// recorded by Pants (pantsbuild/pants, complete_platform_3.*.json; 3.10 to 3.12 on 2024-08-01, 3.13 on
// 2024-11-25, 3.14 on 2026-02-20). Later patch releases are likely by now.
//
// The packages: github.com/kallu/aws-lambda-python-runtime-modules asked the deployed runtimes each week
// until 2025-10-26. python3.14 came later: which packages it has is AWS's word (boto3 with its dependencies,
// lambda-python.html) and awslambdaric's requirements; their versions are nowhere published.
var lambdas = []lambda{
	{10, amazonLinux2, "3.10.14", lambdaVersions, "2025-10-26"},
	{11, amazonLinux2, "3.11.9", lambdaVersions, "2025-10-26"},
	{12, amazonLinux2023, "3.12.3", lambdaVersions, "2025-10-26"},
	{13, amazonLinux2023, "3.13.0", lambdaVersions, "2025-10-26"},
	{14, amazonLinux2023, "3.14.0", nil, ""},
}

// lambdaPackages are boto3 and awslambdaric with what they require. The pip and setuptools of the
// interpreter are left out: AWS promises the SDK and its dependencies only.
var lambdaPackages = []name.Name{
	"awslambdaric", "boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "simplejson",
	"six", "snapshot-restore-py", "urllib3",
}

// lambdaVersions are the versions of lambdaPackages, the same in all of python3.10 to python3.13.
var lambdaVersions = []string{
	"3.1.1", "1.40.4", "1.40.4", "1.0.1", "2.9.0.post0", "0.13.1", "3.20.1",
	"1.17.0", "1.0.0", "1.26.19",
}

// The quotas of Lambda in bytes, as lambda:GetAccountSettings gives them (CodeSizeZipped and
// CodeSizeUnzipped; the documentation's "50 MB" and "250 MB" are binary).
const (
	lambdaMaxZipped   = 52_428_800
	lambdaMaxUnzipped = 262_144_000
)

// lambdaArchs are the architectures of Lambda: how the name of a runtime spells them, and how Linux does.
var lambdaArchs = [][2]string{{"arm64", "aarch64"}, {"x86_64", "x86_64"}}

// Runtimes lists the names of all runtimes, by version and then by architecture.
func Runtimes() []string {
	var names []string
	for _, l := range lambdas {
		for _, arch := range lambdaArchs {
			names = append(names, l.name(arch[0]))
		}
	}
	return names
}

// parseRuntime is the target of the runtime of that name.
func parseRuntime(s string) (t Target, ok bool) {
	for _, l := range lambdas {
		for _, arch := range lambdaArchs {
			if l.name(arch[0]) == s {
				return l.target(arch[0], arch[1]), true
			}
		}
	}
	return Target{}, false
}

func (l lambda) name(arch string) string {
	return "aws-lambda-python3." + strconv.Itoa(l.minor) + "-" + arch
}

func (l lambda) target(arch, linuxArch string) Target {
	python3 := "python3." + strconv.Itoa(l.minor)
	r := &Runtime{
		Name:         l.name(arch),
		Packages:     make(map[name.Name]version.Version, len(lambdaPackages)),
		PackagesAsOf: l.asOf,
		SitePackages: []string{"/var/lang/lib/" + python3 + "/site-packages", "/var/runtime"},
		Interpreter:  "/var/lang/bin/" + python3,
		MaxZipped:    lambdaMaxZipped,
		MaxUnzipped:  lambdaMaxUnzipped,
	}
	for i, project := range lambdaPackages {
		r.Packages[project] = version.Version{}
		if l.versions != nil {
			r.Packages[project] = version.MustParse(l.versions[i])
		}
	}
	where := platform{os: Linux, kind: glibc, major: 2, minor: l.glibc, arch: linuxArch}
	return build(python{minor: l.minor, assumed: l.python}, where, r)
}
