package index

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/url"
	"strings"
)

// maxPage is the size of the largest page that is read, in bytes, packed and unpacked. PyPI's largest
// have some 20 MB.
const maxPage = 128 << 20

// readPage reads an answer of at most so many bytes, unpacked, in the form that its Content-Type says.
func readPage(r *Response, p page, most int64) ([]File, error) {
	var err error
	if p.base, err = url.Parse(r.URL); err != nil {
		return nil, err
	}
	body := r.Body
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			return nil, fmt.Errorf("unpacking the page at %s: %w", r.URL, err)
		}
		body = &limited{unpacked, most}
	default:
		return nil, fmt.Errorf("the page at %s is encoded as %.40q, which was not asked for", r.URL, encoding)
	}
	buffered := bufio.NewReaderSize(&sparse{r: body}, 64<<10)
	media, err := form(r.Header.Get("Content-Type"), buffered)
	if err != nil {
		return nil, fmt.Errorf("the page at %s %w", r.URL, err)
	}
	if media == "json" {
		err = p.readJSON(buffered)
	} else {
		err = p.readWholeHTML(buffered)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the page at %s: %w", r.URL, cut(err))
	}
	return p.files, nil
}

func (p *page) readWholeHTML(r io.Reader) error {
	facts, err := p.readHTML(r)
	if err == nil && facts.links == 0 && facts.login {
		err = errLogin
	}
	return err
}

var errLogin = errors.New("got an HTML page with a form (a login?) instead of a list of files")

// form tells JSON from HTML, by the Content-Type where it says so and else by the first character.
func form(contentType string, r *bufio.Reader) (string, error) {
	media, _, _ := mime.ParseMediaType(contentType)
	switch media {
	case "application/vnd.pypi.simple.v1+json", "application/json":
		return "json", nil
	case "application/vnd.pypi.simple.v1+html", "text/html", "application/xhtml+xml":
		return "html", nil
	}
	if strings.HasPrefix(media, "application/vnd.pypi.simple.") {
		return "", fmt.Errorf("is %.60q; this ofiuco reads version 1 of the simple repository API", media)
	}
	start, _ := r.Peek(512)
	switch text := strings.TrimLeft(strings.TrimPrefix(string(start), "\ufeff"), " \t\r\n"); {
	case strings.HasPrefix(text, "{"):
		return "json", nil
	case strings.HasPrefix(text, "<"):
		return "html", nil
	}
	return "", fmt.Errorf("is no list of files (its type is %.60q)", contentType)
}

// cut names what a decoder says when a page ends early.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends early")
	}
	return err
}

// limited fails, instead of ending, when there is more than left bytes.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errors.New("unpacked, it is longer than allowed")
	}
	return n, err
}

// maxBlanks is how many blanks may follow each other in a page.
const maxBlanks = 64 << 10

// sparse fails on endless blanks: encoding/json goes over all of them again with each read.
type sparse struct {
	r   io.Reader
	run int
}

func (s *sparse) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	for _, c := range p[:n] {
		switch c {
		case ' ', '\t', '\n', '\r':
			s.run++
		default:
			s.run = 0
		}
		if s.run > maxBlanks {
			return 0, errors.New("it consists of blanks")
		}
	}
	return n, err
}
