package netrc

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, in string
		want     map[string]Login
		err      string
	}{
		{name: "empty", in: "", want: map[string]Login{}},
		{name: "one line", in: "machine a.example login u password p", want: map[string]Login{"a.example": {"u", "", "p"}}},
		{name: "user", in: "machine a user u account c password p\n", want: map[string]Login{"a": {"u", "c", "p"}}},
		{name: "default", in: "machine a login u\ndefault login d password e", want: map[string]Login{"a": {User: "u"}, "default": {"d", "", "e"}}},
		{name: "quotes", in: `machine a login "u v" password "p\"\\ q"`, want: map[string]Login{"a": {"u v", "", `p"\ q`}}},
		{name: "quotes inside are plain", in: `machine a password p"q"`, want: map[string]Login{"a": {Password: `p"q"`}}},
		{name: "hash in a password", in: "machine a login u password p#q\n", want: map[string]Login{"a": {"u", "", "p#q"}}},
		{name: "comments", in: "# one\nmachine a # two\n login u # three\n#four\npassword p", want: map[string]Login{"a": {"u", "", "p"}}},
		{name: "carriage returns", in: "machine a\r\nlogin u\rpassword p\r\n", want: map[string]Login{"a": {"u", "", "p"}}},
		{name: "macro", in: "macdef init\ncd /x\nput y\n\nmachine a login u", want: map[string]Login{"a": {User: "u"}}},
		{name: "the last of a name", in: "machine a login u password p machine a login v", want: map[string]Login{"a": {User: "v"}}},
		{name: "bad top", in: "machine a login u\nsecret\n", err: "line 3: want login, password or account"},
		{name: "bad first", in: "secret", err: "line 1: want machine, default or macdef"},
		{name: "no name", in: "machine", err: "line 1: machine has no name"},
		{name: "macro without end", in: "macdef init\ncd /x\n", err: "line 2: the macro is not ended by an empty line"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, err := Parse([]byte(test.in))
			if test.err != "" {
				if err == nil || err.Error() != test.err {
					t.Fatalf("error %v, want %s", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(f.machines, test.want) {
				t.Errorf("got %v, want %v", f.machines, test.want)
			}
		})
	}
}

func TestLookup(t *testing.T) {
	f, err := Parse([]byte("machine a login u default login d"))
	if err != nil {
		t.Fatal(err)
	}
	if login, ok := f.Machine("a"); !ok || login.User != "u" {
		t.Errorf("a: %v %v", login, ok)
	}
	if _, ok := f.Machine("b"); ok {
		t.Error("b has an entry")
	}
	if login, ok := f.Default(); !ok || login.User != "d" {
		t.Errorf("default: %v %v", login, ok)
	}
}

// netrcPython answers each file on a line of its standard input, null for what it refuses.
const netrcPython = `
import json, netrc, sys, tempfile
out = []
with tempfile.TemporaryDirectory() as d:
    for text in json.load(sys.stdin):
        with open(d + "/n", "w", newline="", encoding="utf-8") as f:
            f.write(text)
        try:
            out.append({h: {"User": v[0], "Account": v[1], "Password": v[2]} for h, v in netrc.netrc(d + "/n").hosts.items()})
        except netrc.NetrcParseError:
            out.append(None)
json.dump(out, sys.stdout)
`

func TestAgreesWithPython(t *testing.T) {
	words := []string{
		"machine", "default", "macdef", "login", "user", "password", "account", "#", "#x", "a.example", "é", "p\\ q", "\\", "\"", "\"a b\"", "\"\"", "\"#",
		" ", "\t", "\n", "\n\n", "\r\n", "\r", "machine a ", "login u ", "password p#q ", "# c\n", "macdef m\n",
	}
	random := rand.New(rand.NewPCG(1, 2))
	cases := make([]string, oracle.Cases(t, 3_000, 20_000))
	for i := range cases {
		var b strings.Builder
		if random.IntN(2) == 0 {
			b.WriteString("machine host ")
		}
		for range random.IntN(12) {
			b.WriteString(words[random.IntN(len(words))])
			if random.IntN(3) > 0 {
				b.WriteByte(' ')
			}
		}
		cases[i] = b.String()
	}
	in, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	python := exec.Command(oracle.Python(t), "-c", netrcPython)
	python.Stdin = strings.NewReader(string(in))
	out, err := python.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []map[string]Login
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for i, text := range cases {
		var got map[string]Login
		if f, err := Parse([]byte(text)); err == nil {
			got = f.machines
			accepted++
		}
		if (got == nil) != (want[i] == nil) || !maps.Equal(got, want[i]) {
			t.Fatalf("%q: got %v, want %v", text, got, want[i])
		}
	}
	if accepted < len(cases)/10 {
		t.Errorf("only %d of %d files were fit to be compared", accepted, len(cases))
	}
}

func FuzzParse(f *testing.F) {
	f.Add("machine a login \"u\\\"\" password p # c\n\nmacdef m\nx\n\ndefault login d")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse([]byte(text))
		if (file == nil) == (err == nil) {
			t.Errorf("file %v, error %v", file, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("error without a line: %v", err)
		}
	})
}
