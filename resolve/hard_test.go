package resolve

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// hard are universes in which trying all versions takes longer than anybody waits.
var hard = []struct {
	about    string
	universe func(*strings.Builder)
	requires []string
	want     string // of the answer, its beginning
	asked    int    // for metadata, at most
}{
	{"a conflict behind many projects without one", func(b *strings.Builder) {
		for p := range 12 {
			for v := range 40 {
				fmt.Fprintf(b, "free%02d-%d\n", p, v)
			}
		}
		for v := range 40 {
			fmt.Fprintf(b, "left-%d|last<5\nright-%d|last>=5\nlast-%d\n", v, v, v)
		}
	}, append(numbered("free%02d", 12), "left", "right"), "no versions meet", 12 + 80},
	{"three that agree in one old version only", func(b *strings.Builder) {
		for v := range 60 {
			fmt.Fprintf(b, "a-%d|d=={%d}\nb-%d|d=={%d}\nc-%d|d<=7\nd-%d\n", v, v, v, v, v, v)
		}
	}, []string{"a", "b", "c"}, "a 7, b 7, c 59, d 7", 4 * 60},
	{"a chain, the end of which turns the beginning", func(b *strings.Builder) {
		for p := range 40 {
			for v := range 10 {
				fmt.Fprintf(b, "p%02d-%d|p%02d=={%d}\n", p, v, p+1, v)
			}
		}
		b.WriteString("p40-3\n")
	}, []string{"p00"}, "p00 3, p01 3", 40 * 10},
	{"pigeons", func(b *strings.Builder) {
		for pigeon := range 6 {
			for hole := range 5 {
				fmt.Fprintf(b, "pigeon%d-%d|hole%d==%d\n", pigeon, hole, hole, pigeon)
			}
		}
		for hole := range 5 {
			for pigeon := range 6 {
				fmt.Fprintf(b, "hole%d-%d\n", hole, pigeon)
			}
		}
	}, numbered("pigeon%d", 6), "no versions meet", 60},
}

func numbered(format string, n int) []string {
	var texts []string
	for i := range n {
		texts = append(texts, fmt.Sprintf(format, i))
	}
	return texts
}

// Dead ends are not gone into twice.
func TestHard(t *testing.T) {
	for _, test := range hard {
		t.Run(test.about, func(t *testing.T) {
			var b strings.Builder
			test.universe(&b)
			u := parseUniverse(t, strings.NewReplacer("{", "", "}", "").Replace(b.String()))
			pins, err := Resolve(context.Background(), u, mustTarget(t, cp312), parseRequirements(t, test.requires...), nil)
			got := versionsOf(pins)
			if err != nil {
				got = err.Error()
			}
			if !strings.HasPrefix(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if u.asked > test.asked {
				t.Errorf("asked for the metadata of %d wheels, want %d at most", u.asked, test.asked)
			}
		})
	}
}

// What is too hard ends with an error.
func TestGivesUp(t *testing.T) {
	var b strings.Builder
	for v := range maxMetadata + 100 {
		fmt.Fprintf(&b, "a-%d|b==%d\nb-%d|a<0\n", v, v, v)
	}
	_, err := Resolve(context.Background(), parseUniverse(t, b.String()), mustTarget(t, cp312), parseRequirements(t, "a"), nil)
	if e := (*Error)(nil); !errors.As(err, &e) || !strings.HasPrefix(e.Msg, "gave up") || e.Hint == "" {
		t.Errorf("got %v", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Resolve(ctx, parseUniverse(t, "a-1"), mustTarget(t, cp312), parseRequirements(t, "a"), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestDirect(t *testing.T) {
	digest := strings.Repeat("ab", 32)
	const base = "https://example.com/a-3-py3-none-any.whl"
	tests := []struct {
		requires []string
		want     string
	}{
		{[]string{"a @ " + base + "#sha256=" + digest}, "a 3, b 1"},
		{[]string{"a @ " + base + "#egg=a&sha256=" + strings.ToUpper(digest), "c"}, "a 3, b 1, c 1"},
		{[]string{"a @ " + base + "#sha256=" + digest, "a<3"}, `no release of a meets the build requirement "a<3" on cp312-manylinux_2_28_x86_64: a 3 is the only release, since the build names its URL`},
		{[]string{"a @ " + base}, `the build requirement "a @ https://example.com/a-3-py3-none-any.whl" is a URL without a hash`},
		{[]string{"a @ " + base + "#sha256=abc"}, `the build requirement "a @ https://example.com/a-3-py3-none-any.whl" is a URL without a hash`},
		{[]string{"a @ " + base + "#md5=" + digest[:32]}, `the build requirement "a @ https://example.com/a-3-py3-none-any.whl" is a URL without a hash`},
		{[]string{"a @ https://user:secret@example.com/a-3-py3-none-any.whl?secret#sha256=" + digest},
			`the build requirement "a @ https://example.com/a-3-py3-none-any.whl" has credentials in its URL, which the build lock would show`},
		{[]string{"a @ file:///a-3-py3-none-any.whl#sha256=" + digest}, `the build requirement "a @ file:///a-3-py3-none-any.whl" is neither a release of an index nor an http or https URL`},
		{[]string{"a @ git+https://example.com/a@0123#sha256=" + digest}, `the build requirement "a @ git+https://example.com/a@0123" is neither a release of an index nor an http or https URL`},
		{[]string{"a @ https://example.com/a-3.tar.gz#sha256=" + digest}, `the build requirement "a @ https://example.com/a-3.tar.gz" is not a wheel of a, and what builds is not itself built`},
		{[]string{"c @ " + base + "#sha256=" + digest}, `the build requirement "c @ https://example.com/a-3-py3-none-any.whl" is not a wheel of c, and what builds is not itself built`},
		{[]string{"a @ https://example.com/a-3-cp39-cp39-win_amd64.whl#sha256=" + digest},
			`the build requirement "a @ https://example.com/a-3-cp39-cp39-win_amd64.whl" does not run on cp312-manylinux_2_28_x86_64: cp39 is not cp312`},
		{[]string{"a @ " + base + "#sha256=" + digest, "a @ https://example.org/a-3-py3-none-any.whl#sha256=" + digest},
			`the build requirement "a @ https://example.org/a-3-py3-none-any.whl" contradicts another URL or hash for the same project`},
		{[]string{"a @ " + base + "#sha256=" + digest, "a @ " + base + "#sha256=" + strings.Repeat("cd", 32)},
			`the build requirement "a @ https://example.com/a-3-py3-none-any.whl" contradicts another URL or hash for the same project`},
		{[]string{"a @ " + base + " ; sys_platform == 'win32'", "b"}, "b 1"},
	}
	on := mustTarget(t, cp312)
	for _, test := range tests {
		u := parseUniverse(t, "a-1\na-3|b\nb-1\nc-1|a>2")
		requirements := parseRequirements(t, test.requires...)
		pins, err := Resolve(context.Background(), u, on, requirements, nil)
		got := versionsOf(pins)
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%q:\ngot  %s\nwant %s", test.requires, got, test.want)
		}
		if err != nil {
			continue
		}
		if i := pins[0]; i.Name == "a" && (i.Direct != base || i.Wheel.SHA256 != digest || i.Wheel.URL != base) {
			t.Errorf("%q: %+v", test.requires, i)
		}
		if within, err := Within(on, requirements, pins); err != nil || versionsOf(within) != got {
			t.Errorf("%q: Within gives %s, %v", test.requires, versionsOf(within), err)
		}
	}
}

// Pins of another file than the one that a build names do not serve it.
func TestWithinDirect(t *testing.T) {
	on := mustTarget(t, cp312)
	pins, err := Resolve(context.Background(), parseUniverse(t, "a-3"), on, parseRequirements(t, "a"), nil)
	if err != nil {
		t.Fatal(err)
	}
	named := parseRequirements(t, "a @ https://example.com/a-3-py3-none-any.whl#sha256="+strings.Repeat("ab", 32))
	if _, err := Within(on, named, pins); err == nil || err.Error() != `a 3 is not the file of "a @ https://example.com/a-3-py3-none-any.whl"` {
		t.Errorf("got %v", err)
	}
}

// The order of the requirements and of the files does not matter.
func TestOrder(t *testing.T) {
	lines := []string{"a-1|c<2", "a-2|c<3", "b-1|c", "b-2|c>1", "c-1", "c-2", "c-3"}
	requires := []string{"a", "b", "c!=4"}
	want := ""
	for turn := range len(lines) {
		turned := append(lines[turn:len(lines):len(lines)], lines[:turn]...)
		asked := append(requires[turn%3:3:3], requires[:turn%3]...)
		requirements := parseRequirements(t, asked...)
		pins, err := Resolve(context.Background(), parseUniverse(t, strings.Join(turned, "\n")), mustTarget(t, cp312), requirements, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := versionsOf(pins); want == "" {
			want = got
		} else if got != want {
			t.Errorf("turn %d: got %s, want %s", turn, got, want)
		}
	}
}
