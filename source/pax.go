package source

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/ofiuco/ofiuco/internal/quoted"
)

// add takes in a header that is about the next member, or with typePaxGlobal about all that follow.
func (x *extensions) add(kind byte, data []byte) error {
	switch kind {
	case typePaxGlobal:
		return globalRecords(data)
	case typeLongName:
		x.any = true
		return setOnce(&x.name, text(data), "name")
	case typeLongLink:
		x.any = true
		return setOnce(&x.link, text(data), "link target")
	}
	x.any = true
	return records(data, x.record)
}

// record takes in one record of a pax header (POSIX.1-2017, pax, "pax Extended Header").
func (x *extensions) record(key, value string) error {
	switch key {
	case "path":
		return setOnce(&x.name, value, "name")
	case "linkpath":
		return setOnce(&x.link, value, "link target")
	case "size":
		size, err := strconv.ParseInt(value, 10, 64)
		if err != nil || size < 0 || x.size >= 0 {
			return refuse(x.name, "has pax records that give it no size, or two: %s", quoted.Always(value))
		}
		x.size = size
	case "mtime":
		x.modified = paxTime(value)
	}
	if strings.HasPrefix(key, "GNU.sparse.") {
		return refuse(x.name, "is a sparse file, which no sdist needs")
	}
	return nil
}

func setOnce(to *string, value, what string) error {
	switch {
	case value == "":
		return refuse("", "has a header with an empty %s", what)
	case strings.ContainsRune(value, 0):
		return refuse(value, "has a NUL in its %s", what)
	case *to != "":
		return refuse(value, "has a second %s: %s", what, quoted.Always(*to))
	}
	*to = value
	return nil
}

// globalRecords lets pass what git archive writes, a comment, and whatever else says nothing about a file: archive/tar
// ignores records for all files, Python's tarfile does as they say.
func globalRecords(data []byte) error {
	return records(data, func(key, value string) error {
		switch {
		case key == "path", key == "linkpath", key == "size", strings.HasPrefix(key, "GNU.sparse."):
			return refuse("", "has a pax record for all its members that only one can have: %s=%s", quoted.Always(key), quoted.Always(value))
		}
		return nil
	})
}

// records calls do for each record: its length in decimal, a space, KEY=VALUE and a line feed.
func records(data []byte, do func(key, value string) error) error {
	for len(data) > 0 {
		digits, rest, ok := bytes.Cut(data[:min(len(data), 20)], []byte(" "))
		n, err := strconv.Atoi(string(digits))
		if !ok || err != nil || n <= len(digits)+2 || n > len(data) || data[n-1] != '\n' || len(rest) == 0 || data[0] < '0' || data[0] > '9' {
			return refuse("", "has a pax header that can't be read")
		}
		key, value, ok := strings.Cut(string(data[len(digits)+1:n-1]), "=")
		if !ok || key == "" {
			return refuse("", "has a pax header that can't be read")
		}
		if err := do(key, value); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// paxTime reads seconds since 1970, with a fraction or not; the zero time if it is neither.
func paxTime(value string) time.Time {
	whole, fraction, _ := strings.Cut(value, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}
	}
	nanoseconds, err := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	if err != nil || nanoseconds < 0 {
		return time.Unix(seconds, 0)
	}
	return time.Unix(seconds, nanoseconds)
}
