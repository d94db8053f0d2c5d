package index

import (
	"errors"
	"io"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html"

	"github.com/ofiuco/ofiuco/lock"
)

// maxHTMLToken is the longest tag or text in bytes that a page may have.
const maxHTMLToken = 1 << 20

// htmlFacts are what tells a list of files from another page.
type htmlFacts struct {
	links int  // that lead to some file
	login bool // it has a form or asks for a password
}

// readHTML reads a page in PEP 503's form: every <a href> is an entry, named by its URL's last part.
func (p *page) readHTML(r io.Reader) (facts htmlFacts, err error) {
	z := html.NewTokenizer(r)
	z.SetMaxBuf(maxHTMLToken)
	hasBase := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			if errors.Is(z.Err(), io.EOF) {
				return facts, nil
			}
			return facts, z.Err()
		case html.StartTagToken, html.SelfClosingTagToken:
			tag, attributes := readTag(z)
			switch tag {
			case "a":
				if p.addLink(attributes) {
					facts.links++
				}
			case "base":
				// The first one counts; a base that changes the scheme to a local one does not.
				if u, ok := p.fileURL(attributes["href"]); ok && !hasBase {
					p.base, hasBase = u, true
				}
			case "meta":
				if attributes["name"] == "pypi:repository-version" {
					err = apiVersion(attributes["content"])
				}
			case "form":
				facts.login = true
			case "input":
				facts.login = facts.login || attributes["type"] == "password"
			}
			if err != nil {
				return facts, err
			}
		}
	}
}

func readTag(z *html.Tokenizer) (tag string, attributes map[string]string) {
	nameBytes, more := z.TagName()
	tag = string(nameBytes)
	switch tag {
	case "a", "base", "meta", "form", "input":
	default:
		return "", nil
	}
	attributes = map[string]string{}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if _, again := attributes[string(key)]; !again {
			attributes[string(key)] = string(value)
		}
	}
	return tag, attributes
}

// addLink adds the entry that an <a> makes, and says whether it leads to a file of any project.
func (p *page) addLink(attributes map[string]string) bool {
	u, ok := p.fileURL(attributes["href"])
	if !ok || attributes["href"] == "" {
		return false
	}
	// Cut before it is unescaped: %2F does not part folders.
	file, err := url.PathUnescape(path.Base(u.EscapedPath()))
	if err != nil {
		return false
	}
	f := File{Filename: file, RequiresPython: attributes["data-requires-python"]}
	f.YankedReason, f.Yanked = attributes["data-yanked"]
	f.Hashes = fragmentHashes(u.Fragment)
	u.Fragment, u.RawFragment = "", ""
	f.URL = u.String()
	_, isFile := projectOf(f.Filename)
	p.add(f)
	return isFile
}

// fragmentHashes reads "sha256=HEX", among other things that may stand in a link's fragment.
func fragmentHashes(fragment string) []lock.Hash {
	for part := range strings.SplitSeq(fragment, "&") {
		algorithm, hex, _ := strings.Cut(part, "=")
		if h, ok := strongHash(algorithm, hex); ok {
			return []lock.Hash{h}
		}
	}
	return nil
}
