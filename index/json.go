package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// jsonFile is an entry of "files" (PEP 691, 700).
type jsonFile struct {
	Filename       string            `json:"filename"`
	URL            string            `json:"url"`
	Hashes         map[string]string `json:"hashes"`
	Size           any               `json:"size"`
	RequiresPython string            `json:"requires-python"`
	Yanked         any               `json:"yanked"` // bool or string
}

// readJSON reads a page in PEP 691's form, one entry at a time: pages may have many megabytes.
func (p *page) readJSON(r io.Reader) error {
	d := json.NewDecoder(r)
	if err := delim(d, '{'); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		switch key {
		case "files":
			err = p.readJSONFiles(d)
		case "meta":
			var meta struct {
				Version string `json:"api-version"`
			}
			if err = d.Decode(&meta); err == nil {
				err = apiVersion(meta.Version)
			}
		default:
			var other json.RawMessage
			err = d.Decode(&other)
		}
		if err != nil {
			return err
		}
	}
	return delim(d, '}')
}

func (p *page) readJSONFiles(d *json.Decoder) error {
	if err := delim(d, '['); err != nil {
		return err
	}
	for d.More() {
		var entry jsonFile
		if err := d.Decode(&entry); err != nil {
			if isType := (*json.UnmarshalTypeError)(nil); errors.As(err, &isType) {
				continue // one entry of a wrong shape says nothing about the others
			}
			return err
		}
		p.addJSON(entry)
	}
	return delim(d, ']')
}

func (p *page) addJSON(entry jsonFile) {
	u, ok := p.fileURL(entry.URL)
	if !ok {
		return
	}
	u.Fragment, u.RawFragment = "", ""
	f := File{Filename: entry.Filename, URL: u.String(), RequiresPython: entry.RequiresPython}
	if size, ok := entry.Size.(float64); ok && 0 < size && size < 1<<53 {
		f.Size = int64(size)
	}
	switch yanked := entry.Yanked.(type) {
	case bool:
		f.Yanked = yanked
	case string:
		f.Yanked, f.YankedReason = yanked != "", yanked
	}
	for algorithm, hex := range entry.Hashes {
		if h, ok := strongHash(algorithm, hex); ok {
			f.Hashes = append(f.Hashes, h)
		}
	}
	slices.SortFunc(f.Hashes, compareHashes)
	p.add(f)
}

func delim(d *json.Decoder, want json.Delim) error {
	token, err := d.Token()
	if err == nil && token != want {
		err = fmt.Errorf("want %q at byte %d", want.String(), d.InputOffset())
	}
	return err
}
