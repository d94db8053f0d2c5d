package index

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/internal/indextest"
	"github.com/ofiuco/ofiuco/internal/oracle"
	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/pypa/name"
)

const (
	pageURL = "https://index.example/simple/alpha/"
	digest  = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

func parsePage(t testing.TB, contentType, text string) ([]File, error) {
	t.Helper()
	header := http.Header{"Content-Type": {contentType}}
	return readPage(&Response{URL: pageURL, Header: header, Body: strings.NewReader(text)}, page{project: "alpha"}, maxPage)
}

func TestReadHTML(t *testing.T) {
	sha := []lock.Hash{{Algorithm: "sha256", Hex: digest}}
	tests := []struct {
		name, page string
		want       []File
	}{
		{"PEP 503", `<!DOCTYPE html><a href="https://files.example/alpha-1.0.tar.gz#sha256=` + digest + `" data-requires-python="&gt;=3.8">alpha</a>`,
			[]File{{Filename: "alpha-1.0.tar.gz", URL: "https://files.example/alpha-1.0.tar.gz", Hashes: sha, RequiresPython: ">=3.8"}}},
		{"relative", `<a href="../../f/alpha-1.0.tar.gz">`, []File{{Filename: "alpha-1.0.tar.gz", URL: "https://index.example/f/alpha-1.0.tar.gz"}}},
		{"base", `<base href="/b/"><base href="/c/"><A HREF=alpha-1.0.tar.gz>`, []File{{Filename: "alpha-1.0.tar.gz", URL: "https://index.example/b/alpha-1.0.tar.gz"}}},
		{"encoded", `<a href="alpha-1.0%2Bcu121-py3-none-any.whl#sha256=` + strings.ToUpper(digest) + `">`,
			[]File{{Filename: "alpha-1.0+cu121-py3-none-any.whl", URL: pageURL + "alpha-1.0%2Bcu121-py3-none-any.whl", Hashes: sha}}},
		{"query and entity", `<a href="alpha-1.0.tar.gz?a=1&amp;b=2#egg=x&sha256=` + digest + `">`,
			[]File{{Filename: "alpha-1.0.tar.gz", URL: pageURL + "alpha-1.0.tar.gz?a=1&b=2", Hashes: sha}}},
		{"yanked without a reason", `<a data-yanked href="alpha-1.0.tar.gz">`, []File{{Filename: "alpha-1.0.tar.gz", URL: pageURL + "alpha-1.0.tar.gz", Yanked: true}}},
		{"yanked", `<a data-yanked="broken" href="alpha-1.0.tar.gz">`, []File{{Filename: "alpha-1.0.tar.gz", URL: pageURL + "alpha-1.0.tar.gz", Yanked: true, YankedReason: "broken"}}},
		{"weak and broken hashes", `<a href="alpha-1.0.tar.gz#md5=0123456789abcdef0123456789abcdef"><a href="alpha-2.0.tar.gz#sha256=12"><a href="alpha-3.0.tar.gz#sha256=` + strings.Repeat("g", 64) + `">`,
			[]File{{Filename: "alpha-1.0.tar.gz", URL: pageURL + "alpha-1.0.tar.gz"}, {Filename: "alpha-2.0.tar.gz", URL: pageURL + "alpha-2.0.tar.gz"}, {Filename: "alpha-3.0.tar.gz", URL: pageURL + "alpha-3.0.tar.gz"}}},
		{"other names of the project", `<a href="Al-pha-1.0.tar.gz"><a href="ALPHA-1.0.zip">`, []File{{Filename: "ALPHA-1.0.zip", URL: pageURL + "ALPHA-1.0.zip"}}},
		{"credentials in a link are dropped", `<a href="https://u:p@files.example/alpha-1.0.tar.gz">`, []File{{Filename: "alpha-1.0.tar.gz", URL: "https://files.example/alpha-1.0.tar.gz"}}},
		{"no files", `<a>x</a><a href="">y</a><a href="beta-1.0.tar.gz">z</a><a href="file:///alpha-1.0.tar.gz">l</a><a href="javascript:alpha-1.0.tar.gz">j</a>
			<a href="alpha-1.0.exe">e</a><a href="x/..%2falpha-1.0.tar.gz">c</a><a href="http:///alpha-1.0.tar.gz">h</a><base href="file:///etc/">`, nil},
		{"comments and scripts", `<!-- <a href="alpha-1.0.tar.gz"> --><script>"<a href='alpha-1.0.tar.gz'>"</script>`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parsePage(t, "text/html", test.page)
			for i := range test.want {
				test.want[i].Project = "alpha"
			}
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v, error %v\nwant %+v", got, err, test.want)
			}
		})
	}
}

func TestReadJSON(t *testing.T) {
	page := `{"files": [
		{"filename": "alpha-1.0.tar.gz", "hashes": {"sha512": "` + strings.Repeat("a", 128) + `", "sha256": "` + digest + `", "md5": "00"}, "requires-python": ">=3.8",
		 "size": 123, "upload-time": "2026-01-01T00:00:00Z", "url": "https://files.example/alpha-1.0.tar.gz", "yanked": "broken", "new-key": [{}]},
		{"filename": "alpha-2.0.tar.gz", "hashes": {}, "requires-python": null, "url": "alpha-2.0.tar.gz#x", "yanked": true, "size": "many"},
		{"filename": "beta-2.0.tar.gz", "hashes": {}, "url": "beta-2.0.tar.gz"},
		7, null, {}, {"filename": ["alpha-3.0.tar.gz"]}
	], "meta": {"api-version": "1.4"}, "name": "alpha", "versions": ["1.0"]}`
	want := []File{
		{Filename: "alpha-1.0.tar.gz", Project: "alpha", URL: "https://files.example/alpha-1.0.tar.gz", Size: 123, RequiresPython: ">=3.8", Yanked: true, YankedReason: "broken",
			Hashes: []lock.Hash{{Algorithm: "sha256", Hex: digest}, {Algorithm: "sha512", Hex: strings.Repeat("a", 128)}}},
		{Filename: "alpha-2.0.tar.gz", Project: "alpha", URL: pageURL + "alpha-2.0.tar.gz", Yanked: true},
	}
	for _, contentType := range []string{"application/vnd.pypi.simple.v1+json", "application/json; charset=utf-8", "", "binary/octet-stream"} {
		if got, err := parsePage(t, contentType, page); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got  %+v, error %v\nwant %+v", contentType, got, err, want)
		}
	}
}

func TestPageErrors(t *testing.T) {
	tests := []struct{ contentType, page, err string }{
		{"application/vnd.pypi.simple.v1+json", "", "the page at " + pageURL + ": it ends early"},
		{"application/vnd.pypi.simple.v1+json", "[]", `want "{" at byte 1`},
		{"application/vnd.pypi.simple.v1+json", `{"files": 7}`, `want "[" at byte`},
		{"application/vnd.pypi.simple.v1+json", `{"files": [{]}`, "invalid character"},
		{"application/vnd.pypi.simple.v1+json", `{"meta": {"api-version": "2.0"}}`, `version "2.0" of the simple repository API`},
		{"application/vnd.pypi.simple.v2+json", `{}`, "reads version 1"},
		{"text/html", `<meta name="pypi:repository-version" content="2.0">`, `version "2.0" of the simple repository API`},
		{"text/html", `<form action="/login"><input type="password">`, "got an HTML page with a form (a login?)"},
		{"text/html", "<a href=" + strings.Repeat("x", maxHTMLToken+1), "max buffer exceeded"},
		{"application/zip", "PK", `is no list of files (its type is "application/zip")`},
	}
	for _, test := range tests {
		if got, err := parsePage(t, test.contentType, test.page); err == nil || !strings.Contains(err.Error(), test.err) {
			t.Errorf("%.60q: got %v, error %v, want %s", test.page, got, err, test.err)
		}
	}
}

func TestFilesOfServers(t *testing.T) {
	for _, o := range []indextest.Options{{}, {HTML: true}, {Gzip: true}, {HTML: true, Gzip: true}} {
		s := indextest.New(t, o)
		sha := s.Add(fileName, content)
		s.Add("beta-1.0.tar.gz", content)
		c, _ := testClient(Options{})
		got, err := c.Files(context.Background(), Place{URL: strings.TrimSuffix(s.URL, "/")}, "alpha", nil)
		if err != nil || len(got) != 1 || got[0].URL != s.FileURL(fileName) || !got[0].Has(lock.Hash{Algorithm: "sha256", Hex: sha}) {
			t.Errorf("%+v: got %+v, error %v", o, got, err)
		}
		if got, err := c.Files(context.Background(), Place{URL: s.URL}, "gamma", nil); err != nil || got != nil {
			t.Errorf("an unknown project: %+v, error %v", got, err)
		}
		if got, err := c.Files(context.Background(), Place{URL: s.URL + "alpha/", Flat: true}, "", nil); err != nil || len(got) != 1 {
			t.Errorf("a flat page: %+v, error %v", got, err)
		}
	}
}

func TestPagesHaveALimit(t *testing.T) {
	for fault, want := range map[indextest.Fault]string{
		indextest.GzipBomb: "invalid character", indextest.Blank: "it consists of blanks", indextest.Huge: "longer than allowed",
	} {
		s := indextest.New(t, indextest.Options{})
		s.Add(fileName, content)
		s.Break("alpha/", fault)
		c, _ := testClient(Options{})
		c.maxPage = 2 << 20
		_, err := c.Files(context.Background(), Place{URL: s.URL}, "alpha", nil)
		if network := (*NetworkError)(nil); err == nil || !strings.Contains(err.Error(), want) || errors.As(err, &network) || s.Requests("") != 1 {
			t.Errorf("%s: error %v after %d requests", fault, err, s.Requests(""))
		}
	}
}

func TestLocalIndexes(t *testing.T) {
	dir := t.TempDir()
	put := func(path, text string) {
		t.Helper()
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("flat dir/"+fileName, "")
	put("flat dir/beta-1.0.tar.gz", "")
	put("flat dir/notes.txt", "")
	put("mirror/alpha/index.html", `<a href="../../flat%20dir/`+fileName+`#sha256=`+digest+`">`)
	put("mirror/beta/beta-1.0.tar.gz", "")
	c, _ := testClient(Options{})
	tests := []struct {
		place   Place
		project string
		want    int
	}{
		{Place{URL: filepath.Join(dir, "flat dir"), Flat: true}, "alpha", 1},
		{Place{URL: filepath.Join(dir, "flat dir"), Flat: true}, "", 2},
		{Place{URL: "file://" + dir + "/flat%20dir", Flat: true}, "", 2},
		{Place{URL: "file://" + dir + "/mirror"}, "alpha", 1},
		{Place{URL: "file://" + dir + "/mirror"}, "beta", 1},
		{Place{URL: "file://" + dir + "/mirror/alpha/index.html", Flat: true}, "alpha", 1},
		{Place{URL: "file://" + dir + "/mirror"}, "gamma", 0},
	}
	for _, test := range tests {
		got, err := c.Files(context.Background(), test.place, name.Name(test.project), nil)
		if err != nil || len(got) != test.want {
			t.Errorf("%+v: got %+v, error %v", test, got, err)
			continue
		}
		for _, f := range got {
			path, err := LocalPath(f.URL)
			if _, statErr := os.Stat(path); err != nil || statErr != nil {
				t.Errorf("%+v: %s is no file: %v, %v", test, f.URL, err, statErr)
			}
		}
	}
	for _, bad := range []Place{{URL: filepath.Join(dir, "gone"), Flat: true}, {URL: "ftp://host/simple"}, {URL: "http://[::1"}} {
		if _, err := c.Files(context.Background(), bad, "alpha", nil); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}

// pipPython reads pages with pip and prints what it finds in each.
const pipPython = `
import json, sys
from pip._internal.index.collector import IndexContent, parse_links
pages = []
for text, kind in json.load(sys.stdin):
    content = IndexContent(text.encode(), kind, "utf-8", "` + pageURL + `", cache_link_parsing=False)
    pages.append([[l.filename, l.url_without_fragment, (l.hashes if hasattr(l, "hashes") else dict(l._hashes)).get("sha256"), l.requires_python or ""] for l in parse_links(content)])
json.dump(pages, sys.stdout)
`

// TestAgreesWithPip compares with pip what generated pages list. Only the order and the project's own
// wheels and sdists count: pip sorts the others out later. A relative <base> is left out, since pip (26.3)
// does not resolve it.
func TestAgreesWithPip(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	pages := make([][2]string, oracle.Cases(t, 2_000, 20_000))
	for i := range pages {
		if i%2 == 0 {
			pages[i] = [2]string{randomHTML(random), "text/html"}
		} else {
			pages[i] = [2]string{randomJSON(t, random), "application/vnd.pypi.simple.v1+json"}
		}
	}
	in, err := json.Marshal(pages)
	if err != nil {
		t.Fatal(err)
	}
	python := exec.Command(oracle.Python(t), "-c", pipPython)
	python.Stdin = strings.NewReader(string(in))
	python.Stderr = os.Stderr
	out, err := python.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers [][][4]any
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatal(err)
	}
	entries := 0
	for i, page := range pages {
		got, err := parsePage(t, page[1], page[0])
		if err != nil {
			t.Fatalf("%s: %v", page[0], err)
		}
		var ours, pips []string
		for _, f := range got {
			sha := any(nil)
			if len(f.Hashes) > 0 {
				sha = f.Hashes[0].Hex
			}
			ours = append(ours, fmt.Sprint(f.Filename, " ", canonicalURL(f.URL), " ", sha, " ", f.RequiresPython))
		}
		for _, link := range answers[i] {
			if project, ok := projectOf(link[0].(string)); ok && project == "alpha" && strings.HasPrefix(link[1].(string), "http") {
				pips = append(pips, fmt.Sprint(link[0], " ", canonicalURL(link[1].(string)), " ", link[2], " ", link[3]))
			}
		}
		if !reflect.DeepEqual(ours, pips) {
			t.Fatalf("%s\nours %q\npip  %q", page[0], ours, pips)
		}
		entries += len(ours)
	}
	if entries < len(pages) {
		t.Errorf("only %d entries in %d pages", entries, len(pages))
	}
}

// canonicalURL writes a URL's escapes in one way.
func canonicalURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	u.RawPath = ""
	return u.String()
}

var (
	randomNames  = []string{"alpha-1.0.tar.gz", "alpha-1.0-py3-none-any.whl", "Alpha-2.0-1-cp312-cp312-win_amd64.whl", "alpha-1.0%2Bcu121-py3-none-any.whl", "beta-1.0.tar.gz", "alpha-1.0.exe", "alpha.html", ""}
	randomPlaces = []string{"", "../../packages/", "/x/", "https://files.example/a/b/", "//other.example/", "sub%20dir/", "?"}
	randomPython = []string{"", ">=3.8", ">=3.8,<4"}
)

func pick(random *rand.Rand, from []string) string { return from[random.IntN(len(from))] }

func randomHTML(random *rand.Rand) string {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html><head><title>Links</title>")
	if random.IntN(4) == 0 {
		fmt.Fprintf(&b, "<base href=%q>", pick(random, []string{"https://index.example/base/", "https://base.example/"}))
	}
	b.WriteString("</head><body>")
	for range random.IntN(8) {
		fragment := pick(random, []string{"", "#sha256=" + digest, "#md5=00", "#egg=alpha"})
		python := strings.NewReplacer(">", "&gt;", "<", "&lt;").Replace(pick(random, randomPython))
		quote := pick(random, []string{`"`, "'"})
		fmt.Fprintf(&b, "<%s data-requires-python=%q href=%s%s%s%s%s>x &amp; y</a><br/>\n",
			pick(random, []string{"a", "A", "a class=x"}), python, quote, pick(random, randomPlaces), pick(random, randomNames), fragment, quote)
	}
	return b.String() + "</body></html>"
}

func randomJSON(t testing.TB, random *rand.Rand) string {
	files := []map[string]any{}
	for range random.IntN(8) {
		file := pick(random, randomNames)
		entry := map[string]any{"filename": strings.ReplaceAll(file, "%2B", "+"), "url": "https://files.example/" + file, "hashes": map[string]string{}}
		if random.IntN(2) == 0 {
			entry["hashes"] = map[string]string{"sha256": digest}
		}
		if random.IntN(2) == 0 {
			entry["requires-python"] = pick(random, randomPython)
		}
		if random.IntN(3) == 0 {
			entry["yanked"] = []any{true, false, "why"}[random.IntN(3)]
		}
		files = append(files, entry)
	}
	text, err := json.Marshal(map[string]any{"meta": map[string]string{"api-version": "1.0"}, "files": files})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func FuzzPage(f *testing.F) {
	f.Add("text/html", `<base href="/x/"><a href="alpha-1.0.tar.gz#sha256=`+digest+`" data-yanked>alpha</a>`)
	f.Add("application/json", `{"files": [{"filename": "alpha-1.0.tar.gz", "url": "x", "hashes": {"sha256": "`+digest+`"}, "size": 1e3}], "meta": {"api-version": "1.0"}}`)
	f.Add("", `<a href="//u:p@h/alpha-1.0.tar.gz">`)
	f.Add("application/json", `{"files": [[[[[[{"filename": 1}]]]]], 7]}`)
	f.Fuzz(func(t *testing.T, contentType, text string) {
		files, _ := parsePage(t, contentType, text)
		for _, file := range files {
			u, err := url.Parse(file.URL)
			if err != nil || u.User != nil || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
				t.Errorf("URL %q: %v", file.URL, err)
			}
			if file.Project != "alpha" || strings.ContainsAny(file.Filename, "/\\\n\x00") || file.Size < 0 {
				t.Errorf("entry %+v", file)
			}
		}
	})
}

// TestPyPI reads real pages. Outside CI it is skipped where PyPI can't be reached.
func TestPyPI(t *testing.T) {
	c := NewClient(Options{Attempts: 2, Connect: 5 * time.Second})
	files, err := c.Files(context.Background(), Place{URL: PyPI}, "six", nil)
	if network := (*NetworkError)(nil); errors.As(err, &network) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	want := lock.Hash{Algorithm: "sha256", Hex: "8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254"}
	for _, file := range files {
		if file.Filename == "six-1.16.0-py2.py3-none-any.whl" && file.Has(want) && file.Size == 11053 {
			return
		}
	}
	t.Errorf("six 1.16.0 is not among %d files, error %v", len(files), err)
}
