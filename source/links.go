package source

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/ofiuco/ofiuco/internal/quoted"
)

// maxSteps is how many folders, files and links a link may lead through.
const maxSteps = 256

// errLeaves is a link that leads out of the folder that holds it.
var errLeaves = errors.New("leaves the source")

// link notes a symbolic link, to be made when all else is there: so nothing is ever written through one.
func (p *place) link(at, target string) error {
	switch {
	case target == "":
		return refuse("", "is a link to nothing")
	case strings.HasPrefix(target, "/"):
		return refuse("", "is a link to an absolute path, %s", quoted.Always(target))
	}
	elements := slices.DeleteFunc(strings.Split(target, "/"), func(e string) bool { return e == "" || e == "." || e == ".." })
	if err := checkElements(elements); err != nil {
		return refuse("", "is a link to %s, which %v", quoted.Always(target), err)
	}
	if len(p.links) >= maxLinks {
		return refuse("", "is one of more than %d links", maxLinks)
	}
	p.links = append(p.links, at)
	return p.claim(at, node{kind: symlink, target: target})
}

// makeLinks makes the links, of which none may lead out of the top folder: the source is built where no other is.
func (p *place) makeLinks(top string) error {
	for _, at := range p.links {
		n := p.nodes[at]
		end, err := p.resolve(at, top)
		if err != nil {
			return refuse(at, "is a link to %s, which %v", quoted.Always(n.target), err)
		}
		if err := p.root.Symlink(n.target, at); err != nil {
			// Windows lets only some users make links.
			if known, ok := p.nodes[end]; !ok || known.kind != file {
				return p.twin(at, err)
			}
			delete(p.nodes, at)
			if err := p.duplicate(end, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// resolve follows a link to its end, through all links of the archive. What it leads to need not be there.
func (p *place) resolve(link, top string) (string, error) {
	at := strings.Split(path.Dir(link), "/")
	if at[0] == "." {
		at = at[:0]
	}
	rest := strings.Split(p.nodes[link].target, "/")
	lowest := 0
	if top != "" {
		lowest = 1
	}
	for steps := 0; len(rest) > 0; steps++ {
		if steps+len(rest) > maxSteps {
			return "", fmt.Errorf("leads through more than %d links and folders, or never ends", maxSteps)
		}
		element := rest[0]
		rest = rest[1:]
		switch element {
		case "", ".":
		case "..":
			if len(at) <= lowest {
				return "", errLeaves
			}
			at = at[:len(at)-1]
		default:
			at = append(at, element)
			if n := p.nodes[strings.Join(at, "/")]; n.kind == symlink {
				at = at[:len(at)-1]
				rest = slices.Concat(strings.Split(n.target, "/"), rest)
			}
		}
	}
	return strings.Join(at, "/"), nil
}
