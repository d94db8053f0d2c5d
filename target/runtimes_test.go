package target

import (
	"testing"

	"github.com/ofiuco/ofiuco/pypa/version"
)

func TestRuntimes(t *testing.T) {
	libcs := map[string]string{"3.10": "glibc 2.26", "3.11": "glibc 2.26", "3.12": "glibc 2.34", "3.13": "glibc 2.34", "3.14": "glibc 2.34"}
	names := Runtimes()
	if len(names) != 10 {
		t.Errorf("%d runtimes, want python3.10 to python3.14 on two architectures", len(names))
	}
	for _, name := range names {
		target, err := Parse(name)
		if err != nil {
			t.Errorf("Parse(%q): %v", name, err)
			continue
		}
		r := target.Runtime()
		if r == nil || r.Name != name || target.String() != name {
			t.Errorf("%s is the target %s with the runtime %v", name, target, r)
			continue
		}
		if got, want := target.Libc().String(), libcs[target.Python()]; got != want {
			t.Errorf("%s has %s, want %s", name, got, want)
		}
		if want := "aws-lambda-python" + target.Python() + "-" + map[string]string{"aarch64": "arm64", "x86_64": "x86_64"}[target.Arch()]; name != want {
			t.Errorf("%s is python %s on %s", name, target.Python(), target.Arch())
		}
		if want := "/var/lang/bin/python" + target.Python(); r.Interpreter != want {
			t.Errorf("%s has the interpreter %s, want %s", name, r.Interpreter, want)
		}
		if !target.PatchAssumed() || target.Environment().ImplementationVersion != target.FullPython() {
			t.Errorf("%s: %v, %q", name, target.PatchAssumed(), target.Environment().ImplementationVersion)
		}
		// 50 MB and 250 MB are binary (GetAccountSettings).
		if r.MaxZipped != 50*1024*1024 || r.MaxUnzipped != 250*1024*1024 || len(r.SitePackages) == 0 {
			t.Errorf("%s: %+v", name, r)
		}
		checkPackages(t, r)
	}
}

// The tags that the base images of Lambda gave in 2024 to 2026, as Pants recorded them (the same source as that of
// the interpreters' versions): how many there are, and the newest native one.
func TestRuntimeTagsAsRecorded(t *testing.T) {
	for name, want := range map[string]struct {
		n      int
		newest string
	}{
		"aws-lambda-python3.10-arm64":  {289, "cp310-cp310-manylinux_2_26_aarch64"},
		"aws-lambda-python3.10-x86_64": {611, "cp310-cp310-manylinux_2_26_x86_64"},
		"aws-lambda-python3.11-arm64":  {314, "cp311-cp311-manylinux_2_26_aarch64"},
		"aws-lambda-python3.11-x86_64": {664, "cp311-cp311-manylinux_2_26_x86_64"},
		"aws-lambda-python3.12-arm64":  {555, "cp312-cp312-manylinux_2_34_aarch64"},
		"aws-lambda-python3.12-x86_64": {933, "cp312-cp312-manylinux_2_34_x86_64"},
		"aws-lambda-python3.13-arm64":  {596, "cp313-cp313-manylinux_2_34_aarch64"},
		"aws-lambda-python3.13-x86_64": {1002, "cp313-cp313-manylinux_2_34_x86_64"},
		"aws-lambda-python3.14-arm64":  {637, "cp314-cp314-manylinux_2_34_aarch64"},
		"aws-lambda-python3.14-x86_64": {1071, "cp314-cp314-manylinux_2_34_x86_64"},
	} {
		target, err := Parse(name)
		if err != nil {
			t.Errorf("Parse(%q): %v", name, err)
			continue
		}
		// The first of ours is the bare linux tag, which the packaging of those years had last.
		if tags := target.Tags(); len(tags) != want.n || tags[1].String() != want.newest {
			t.Errorf("%s has %d tags, the newest %s; want %d, %s", name, len(tags), tags[1], want.n, want.newest)
		}
	}
}

// Either all versions are known, and the day they were seen, or none.
func checkPackages(t *testing.T, r *Runtime) {
	t.Helper()
	for _, want := range lambdaPackages {
		v, ok := r.Packages[want]
		if !ok || v.IsZero() != (r.PackagesAsOf == "") {
			t.Errorf("%s: %s is there: %v, with version %q as of %q", r.Name, want, ok, v, r.PackagesAsOf)
		}
	}
	if len(r.Packages) != len(lambdaPackages) {
		t.Errorf("%s has %d packages, want %d", r.Name, len(r.Packages), len(lambdaPackages))
	}
}

// boto3 requires its botocore within one minor version, so that a slip of the table's columns shows.
func TestRuntimeVersionsBelongTogether(t *testing.T) {
	target, err := Parse("aws-lambda-python3.13-x86_64")
	if err != nil {
		t.Fatal(err)
	}
	packages := target.Runtime().Packages
	for project, specifiers := range map[string]string{
		// What boto3 1.40.4, botocore 1.40.4, s3transfer 0.13.1 and awslambdaric 3.1.1 require.
		"botocore": ">=1.40.4,<1.41", "jmespath": ">=0.7.1,<2", "s3transfer": ">=0.13.0,<0.14", "python-dateutil": ">=2.1,<3",
		"urllib3": ">=1.25.4,!=2.2.0,<3", "six": ">=1.5", "simplejson": ">=3.20.1", "snapshot-restore-py": ">=1.0.0",
	} {
		set, err := version.ParseSpecifiers(specifiers)
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range packages {
			if name.String() == project && !set.Contains(v) {
				t.Errorf("%s %s is not %s", project, v, specifiers)
			}
		}
	}
}
