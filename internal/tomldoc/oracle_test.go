package tomldoc

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

// corpus has documents with every piece of the grammar and with every rule on tables. They are
// compared as they are, in pairs one after the other, and mutated.
var corpus = []string{
	"", "# only a comment", "a = 1", "a = 1\r\nb = 2\r\n", "\"quoted key\" = 1\n'literal' = 2\n\"\" = 3\n",
	"a.b.c = 1\na.b.d = 2\na . e = 3\n", "a = 1\na = 2\n", "a.b = 1\na = 2\n", "a = 1\na.b = 2\n",
	"s = \"\\b\\t\\n\\f\\r\\\"\\\\ \\u00e9 \\U0001F600\"\n", "s = \"\\e\\x41\"\n", "s = \"\\q\"\n", "s = \"\\ud800\"\n",
	"s = '''\nline\r\nline'''\n", "s = \"\"\"\\\n   a \\\n\n  b\"\"\"\n", "s = \"\"\"a\"\"\"\"\"\n", "s = '''a''''''\n", "s = \"a\nb\"\n",
	"i = [0, +1, -17, 1_000, 0xDEAD_beef, 0o755, 0b1101, 9223372036854775808]\n", "i = 01\n", "i = 1__0\n", "i = +0x1\n",
	"f = [1.0, -0.01, 5e+22, 1e06, 6.626e-34, inf, -inf, +nan, 224_617.445_991]\n", "f = 1.\n", "f = .1\n", "f = 1.e2\n",
	"b = [true, false]\n", "b = True\n", "b = truefalse\n",
	"d = [1979-05-27T07:32:00Z, 1979-05-27 00:32:00.999999-07:00, 1979-05-27T07:32:00, 1979-05-27, 07:32:00, 07:32:00.5]\n",
	"d = 1979-02-30\n", "d = 2024-02-29\n", "d = 1979-05-27T25:00:00\n", "d = 07:32\n", "d = 1979-05-27T07:32Z\n", "d = 1979-05-27t07:32:00z\n", "d = 0000-01-01\n", "d = 1979-05-27T07:32:00+24:00\n", "d = 07:32:60\n", "d = 07:32:00.\n",
	"a = [1, \"two\", [3, []], { four = 4, five.six = [7] },]\n", "a = [\n1, # one\n\n2\n]\n", "a = [,]\n", "a = [1,,2]\n", "a = [1 2]\n", "a = [1\n",
	"t = {}\n", "t = { a = 1, a = 2 }\n", "t = { a.b = 1, a.c = 2 }\n", "t = { a = {}, a.b = 1 }\n", "t = { a = 1, }\n", "t = {\n a = 1\n}\n", "t = { a = 1 b = 2 }\n",
	"t = {}\n[t.a]\n", "t = {}\nt.a = 1\n", "t = { a = [] }\n[[t.a]]\n", "a = []\n[[a]]\n", "a = [{}]\n[a.b]\n",
	"[a]\n", "[a.b.c]\n[a]\n[a.b]\nx = 1\n", "[a]\n[a]\n", "[a]\nb = 1\n[a.b]\n", "[a.b]\n[a]\nb = 1\n", "[a]\nb.c = 1\n[a.b]\n", "[a]\nb.c = 1\n[a.b.d]\n", "[a]\nb.c = 1\n[[a.b]]\n",
	"[a.b]\nc = 1\n[a]\nb.d = 1\n", "[a.b.c]\nd = 1\n[a]\nb.e = 1\n", "a.b = 1\n[a]\n", "a.b = 1\n[a.c]\n", "a.b.c = 1\n[a.b]\n", "a.b.c = 1\n[a.b.d]\n",
	"[[a]]\n[[a]]\nx = 1\n[a.b]\n[[a]]\n[a.b]\n", "[[a]]\n[a]\n", "[a]\n[[a]]\n", "[[a.b]]\n[a]\nb.c = 1\n", "[[a.b]]\n[a]\nc = 1\n", "[[a]]\n[[a.b]]\n[a.b.c]\n[[a.b]]\n[a.b.c]\n", "[[a]]\nb = []\n[[a.b]]\n",
	"[[a]]\nx.y = 1\n[a.x.z]\n", "[a.b]\n[[a]]\n", "[]\n", "[a.]\n", "[a", "[a]]\n", "[ a . 'b' ]\n", "[[a] ]\n", "[a] x = 1\n", "= 1\n", "a =\n", "a = 1 b = 2\n", "a.b.c", "a..b = 1\n", "\"\"\"a\"\"\" = 1\n", "é = 1\n",
	"a = \"\x00\"\n", "a = \"\xff\"\n", "# \x01\n", "# \x7f\n", "a = '\t'\n", "\ufeffa = 1\n", "a = 1\r", "a = \"é\u2028\"\n# \xed\xa0\x80\n",
	"k1=1\nk2=1\nk3=1\nk4=1\nk5=1\nk6=1\nk7=1\nk8=1\nk9=1\nk10=1\nk11=1\nk12=1\nk13=1\nk14=1\nk15.a=1\nk15.b=1\n[k16]\n",
	"k1=1\nk2=1\nk3=1\nk4=1\nk5=1\nk6=1\nk7=1\nk8=1\nk9=1\nk10=1\nk11=1\nk12=1\nk13=1\nk2=1\n",
}

// toml11 finds what TOML 1.1 allows and tomllib refuses: \e, \xHH, times without seconds, and
// newlines and a last comma within inline tables.
var toml11 = regexp.MustCompile(`\\[ex]|\d\d:\d\d([^:]|$)|,[\s#]*(?s:.*)}|{[^}]*[\n#]`)

func TestAgainstTomllib(t *testing.T) {
	python := oracle.Python(t)
	documents := generated(oracle.Cases(t, 4000, 20000))
	in, err := json.Marshal(documents)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "testdata/load.py")
	cmd.Stdin = bytes.NewReader(in)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []any
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for i, document := range documents {
		d, err := Parse(document)
		switch {
		case err != nil && want[i] != nil:
			t.Errorf("%q: %v; tomllib accepts it", document, err)
		case err == nil && want[i] == nil:
			if !toml11.Match(document) {
				t.Errorf("%q: accepted; tomllib refuses it", document)
			}
		case err == nil:
			accepted++
			if diff := cmp.Diff(want[i], plain(d.Root().Value())); diff != "" {
				t.Errorf("%q: (-tomllib +ours)\n%s", document, diff)
			}
		}
	}
	if accepted < len(documents)/10 || accepted > len(documents)*9/10 {
		t.Errorf("%d of %d documents are valid: a poor mixture", accepted, len(documents))
	}
}

// generated is the corpus, pairs of it, and mutations.
func generated(n int) [][]byte {
	var documents [][]byte
	for _, document := range corpus {
		documents = append(documents, []byte(document))
	}
	random := rand.New(rand.NewPCG(1, 2))
	pick := func() string { return corpus[random.IntN(len(corpus))] }
	const alphabet = "ab.=[]{}\"'\\#, \t\r\n01_-+:TZexnu\x00\xc3\xa9"
	for len(documents) < n {
		document := []byte(pick())
		if random.IntN(2) == 0 {
			document = append(document, pick()...)
		}
		for range random.IntN(3) {
			at := random.IntN(len(document) + 1)
			switch char := alphabet[random.IntN(len(alphabet))]; {
			case at == len(document) || random.IntN(3) == 0:
				document = slices.Insert(document, at, char)
			case random.IntN(2) == 0:
				document[at] = char
			default:
				document = slices.Delete(document, at, at+1)
			}
		}
		documents = append(documents, document)
	}
	return documents
}

// plain is a value as testdata/load.py writes it.
func plain(v Value) any {
	switch v.Kind() {
	case TableKind:
		rows := []any{}
		for key, value := range v.Table().All() {
			rows = append(rows, []any{key, plain(value)})
		}
		slices.SortFunc(rows, func(a, b any) int { return strings.Compare(a.([]any)[0].(string), b.([]any)[0].(string)) })
		return map[string]any{"table": rows}
	case Array:
		elements := []any{}
		for element := range v.Items() {
			elements = append(elements, plain(element))
		}
		return map[string]any{"array": elements}
	case Integer:
		i, _ := new(big.Int).SetString(v.Text(), 0)
		return map[string]any{"integer": i.String()}
	case Float:
		return map[string]any{"float": floatBits(v.Text())}
	case Bool:
		return map[string]any{"boolean": v.Text()}
	case Datetime:
		return map[string]any{"date": ""}
	}
	return map[string]any{"string": v.Text()}
}

// floatBits are the bits of a float in decimal.
func floatBits(text string) string {
	text = strings.ReplaceAll(text, "_", "")
	if strings.HasSuffix(text, "nan") {
		return "nan"
	}
	f, _ := strconv.ParseFloat(text, 64) // out of range is an infinity, in Python too
	return strconv.FormatUint(math.Float64bits(f), 10)
}
