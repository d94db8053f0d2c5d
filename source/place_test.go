package source

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

// TestPlaceIsBounded fills a place up without the files, which would take minutes.
func TestPlaceIsBounded(t *testing.T) {
	p, err := openPlace(t.TempDir(), 10)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	for i := range maxNodes {
		p.nodes[strconv.Itoa(i)] = node{kind: file}
	}
	for _, m := range []*member{{name: "a"}, {name: "a", kind: folder}, {name: "a", kind: symlink, target: "b"}} {
		if err := p.add(m, strings.NewReader("")); !isRefusal(err, "more than 262144 files and folders") {
			t.Errorf("kind %d: %v", m.kind, err)
		}
	}
	clear(p.nodes)
	p.links = make([]string, maxLinks)
	if err := p.add(&member{name: "a", kind: symlink, target: "b"}, nil); !isRefusal(err, "more than 16384 links") {
		t.Error(err)
	}
	for _, size := range []int64{9, 1, 1} {
		err = p.add(&member{name: "f" + strconv.Itoa(len(p.nodes)), size: size}, strings.NewReader("123456789"[:size]))
	}
	if !isRefusal(err, "inflates to more") {
		t.Error(err)
	}
}

func TestPlaceBelievesNoSize(t *testing.T) {
	p, err := openPlace(t.TempDir(), 100)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	for _, size := range []int64{2, 4} {
		if err := p.add(&member{name: "a", size: size}, strings.NewReader("123")); !isRefusal(err, "not the "+strconv.FormatInt(size, 10)) {
			t.Errorf("%d: %v", size, err)
		}
	}
}

func isRefusal(err error, text string) bool {
	var fault *Error
	return errors.As(err, &fault) && strings.Contains(err.Error(), text)
}
