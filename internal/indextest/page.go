package indextest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/pypa/name"
)

// entry is a file as a page lists it.
type entry struct {
	Filename string            `json:"filename"`
	URL      string            `json:"url"`
	Hashes   map[string]string `json:"hashes"`
	Size     int               `json:"size,omitempty"`
	Yanked   bool              `json:"yanked"`
}

// page is a project's page; not ok when it has no files.
func (s *Server) page(project name.Name) (answer, bool) {
	var entries []entry
	for _, file := range slices.Sorted(maps.Keys(s.files)) {
		if projectOf(file) != project {
			continue
		}
		content := s.files[file]
		e := entry{Filename: file, URL: "../../files/" + file, Hashes: map[string]string{}, Size: len(content)}
		if !s.options.NoHashes {
			e.Hashes["sha256"] = Digest(content)
		}
		entries = append(entries, e)
	}
	return s.render(project, entries), len(entries) > 0
}

func (s *Server) render(project name.Name, entries []entry) answer {
	target := string(project) + "/"
	if s.options.HTML {
		return answer{target, "text/html; charset=utf-8", renderHTML(entries)}
	}
	text, err := json.Marshal(map[string]any{"meta": map[string]string{"api-version": "1.1"}, "name": project, "files": entries})
	if err != nil {
		panic(err) // of strings alone
	}
	return answer{target, "application/vnd.pypi.simple.v1+json", text}
}

func renderHTML(entries []entry) []byte {
	var b bytes.Buffer
	b.WriteString("<!DOCTYPE html>\n<html><head><meta name=\"pypi:repository-version\" content=\"1.0\"></head><body>\n")
	for _, e := range entries {
		link := e.URL
		for algorithm, hex := range e.Hashes {
			link += "#" + algorithm + "=" + hex
		}
		fmt.Fprintf(&b, "<a href=\"%s\">%s</a><br>\n", html.EscapeString(link), html.EscapeString(e.Filename))
	}
	b.WriteString("</body></html>\n")
	return b.Bytes()
}

func pack(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body)
	_ = z.Close()
	return b.Bytes()
}

// injected are entries that a page of project must not be believed: another project's file, names that
// climb, schemes that are no place of files, and one of the project's own names with other contents.
func (s *Server) injected(project name.Name) answer {
	a, _ := s.answer(string(project) + "/")
	own := ""
	s.mu.Lock()
	for file := range s.files {
		if projectOf(file) == project && (own == "" || file < own) {
			own = file
		}
	}
	s.mu.Unlock()
	bad := []entry{
		{Filename: "intruder-1.0-py3-none-any.whl", URL: "../../files/intruder-1.0-py3-none-any.whl"},
		{Filename: "../../" + own, URL: "../../files/" + own},
		{Filename: own, URL: "javascript:alert(1)"},
		{Filename: own, URL: "file:///etc/passwd"},
		{Filename: own, URL: "../../files/" + own + "?other", Hashes: map[string]string{"sha256": strings.Repeat("0", 64)}},
	}
	worse := s.render(project, bad)
	if s.options.HTML {
		return answer{a.target, a.contentType, append(worse.body, a.body...)}
	}
	var good, all struct {
		Meta  map[string]string `json:"meta"`
		Files []json.RawMessage `json:"files"`
	}
	if json.Unmarshal(a.body, &good) != nil || json.Unmarshal(worse.body, &all) != nil {
		return a
	}
	all.Files = append(append(all.Files, json.RawMessage(`"no object"`), json.RawMessage(`{"filename": 7}`)), good.Files...)
	text, err := json.Marshal(all)
	if err != nil {
		return a
	}
	return answer{a.target, a.contentType, text}
}
