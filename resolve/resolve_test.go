package resolve

import (
	"context"
	"errors"
	"strings"
	"testing"
)

const cp312 = "cp312-manylinux_2_28_x86_64"

func TestResolve(t *testing.T) {
	tests := []struct {
		about    string
		universe string
		requires string // between ";;"
		prefer   string
		target   string
		want     string // pins, or the error's text
	}{
		{"the newest", "a-1.0\na-1.10\na-1.9", "a", "", "", "a 1.10"},
		{"specifiers of all who ask", "a-1|b<3\nb-1\nb-2\nb-3", "a;;b>1", "", "", "a 1, b 2"},
		{"nothing", "a-1", "", "", "", ""},
		{"an older version where the newest conflicts", "a-2|c>=2\na-1|c\nb-1|c<2\nc-1\nc-2", "a;;b", "", "", "a 1, b 1, c 1"},
		{"markers", "a-1|b;python_version<'3.10'|c;sys_platform=='linux'\nc-1", "a;;d;sys_platform=='win32'", "", "", "a 1, c 1"},
		{"extras", "a-1|b;extra=='x'|c;extra=='y'\nb-1\nc-1", "a[X]", "", "", "a 1, b 1"},
		{"extras of extras", "a-1|a[y];extra=='x'|b;extra=='y'\nb-1", "a[x]", "", "", "a 1, b 1"},
		{"an extra that conflicts with another version", "a-2|b<2;extra=='x'\na-1|b;extra=='x'\nb-1\nb-2", "a[x];;b==2", "", "", "a 1, b 2"},
		{"an extra that is not there", "a-1", "a[x]", "", "", "a 1"},
		{"a cycle", "a-1|b\nb-1|a", "a", "", "", "a 1, b 1"},
		{"itself in another version", "a-2|a<2\na-1", "a", "", "", "a 1"},
		{"preferred", "a-1\na-2\na-3", "a", "a 2", "", "a 2"},
		{"preferred, but not allowed", "a-1\na-2\na-3", "a>2", "a 2", "", "a 3"},
		{"a pre-release is last", "a-1\na-2rc1", "a", "", "", "a 1"},
		{"unless it is named", "a-1\na-2rc1", "a>=2rc1", "", "", "a 2rc1"},
		{"or nothing else fits", "a-2rc1\na-2rc2\na-1", "a>1", "", "", "a 2rc2"},
		{"yanked", "a-1\na-2|yanked", "a", "", "", "a 1"},
		{"yanked and pinned", "a-1\na-2|yanked", "a==2", "", "", "a 2"},
		{"yanked and pinned by another", "a-1\na-2|yanked\nb-1|a==2", "a>=1;;b", "", "", "a 2, b 1"},
		{"yanked and no pin", "a-2.0|yanked", "a==2.*", "", "", `no release of a meets the build requirement "a==2.*" on cp312-manylinux_2_28_x86_64: a 2.0 was yanked`},
		{"Requires-Python of the page", "a-1\na-2|python <3.12", "a", "", "", "a 1"},
		{"Requires-Python of the wheel", "a-1\na-2|requires-python <3.12", "a", "", "", "a 1"},
		{"the best wheel", "a-1-cp312-cp312-manylinux_2_17_x86_64.whl\na-1-py3-none-any.whl\na-1-cp311-abi3-manylinux_2_17_x86_64.whl", "a", "", "",
			"a 1 (a-1-cp312-cp312-manylinux_2_17_x86_64)"},
		{"a release without a wheel", "a-1\na-2.tar.gz\na-3-cp311-cp311-win_amd64.whl", "a", "", "", "a 1"},
		{"no hash", "a-1\na-2|no hash", "a", "", "", "a 1"},
		{"broken metadata", "a-1\na-2|b >>", "a", "", "", "a 1"},
		{"a URL in metadata", "a-1\na-2|b @ https://example.com/b-1-py3-none-any.whl", "a", "", "", "a 1"},
		{"oldest-supported-numpy", "oldest_supported_numpy-1|numpy==1.17;python_version=='3.8'|numpy==1.26;python_version=='3.12'\nnumpy-1.17\nnumpy-1.26\nnumpy-2.0",
			"oldest-supported-numpy;;numpy", "", "cp38-manylinux_2_28_x86_64", "numpy 1.17, oldest-supported-numpy 1"},
		{"no such project", "", "a", "", "", `no release of a meets the build requirement "a" on cp312-manylinux_2_28_x86_64: no index has files of a`},
		{"no such version", "a-1", "a>1", "", "", `no release of a meets the build requirement "a>1" on cp312-manylinux_2_28_x86_64: its newest release is a 1`},
		{"only sdists", "a-1.tar.gz\na-2.tar.gz\na-3|python <3.12\na-4|no hash", "a", "", "", `no release of a meets the build requirement "a" on cp312-manylinux_2_28_x86_64: ` +
			`a 4 has no sha256 on its index (a-4-py3-none-any.whl); nor can a 3, 2, 1 be taken`},
		{"wheels for others", "a-1-cp311-cp311-manylinux_2_28_x86_64.whl\na-1-cp312-cp312-win_amd64.whl", "a", "", "",
			`no release of a meets the build requirement "a" on cp312-manylinux_2_28_x86_64: ` +
				`a 1 has no wheel for it (win_amd64 is not linux), but for cp311-cp311-manylinux_2_28_x86_64, cp312-cp312-win_amd64`},
		{"a control character in metadata", "a-1|requires-python \x1b[31m", "a", "", "", "a 1"},
		{"two pins", "a-1\na-2", "a==1;;a==2", "", "", "no versions meet all build requirements on cp312-manylinux_2_28_x86_64: the build asks for a==1; the build asks for a==2"},
		{"the metadata's Python", "a-2|requires-python <3.12\na-1|requires-python <3.11", "a", "", "",
			"no versions meet all build requirements on cp312-manylinux_2_28_x86_64: the build asks for a; a 1 requires Python <3.11; a 2 requires Python <3.12"},
		{"a conflict", "scipy-1|numpy<2|pythran\npythran-0.16|numpy>=2\npythran-0.15|numpy>=2\nnumpy-1\nnumpy-2", "scipy", "", "",
			"no versions meet all build requirements on cp312-manylinux_2_28_x86_64: pythran 0.16, 0.15 ask for numpy>=2; scipy 1 asks for numpy<2; scipy 1 asks for pythran; the build asks for scipy"},
	}
	for _, test := range tests {
		t.Run(test.about, func(t *testing.T) {
			if test.target == "" {
				test.target = cp312
			}
			var requires []string
			for r := range strings.SplitSeq(test.requires, ";;") {
				if r != "" {
					requires = append(requires, r)
				}
			}
			pins, err := Resolve(context.Background(), parseUniverse(t, test.universe), mustTarget(t, test.target), parseRequirements(t, requires...), preferences(t, test.prefer))
			got := versionsOf(pins)
			if err != nil {
				if got = err.Error(); !errors.As(err, new(*Error)) {
					t.Errorf("%T is no *Error", err)
				}
			}
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
