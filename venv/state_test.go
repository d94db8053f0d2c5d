package venv

import (
	"reflect"
	"testing"
)

func someState() *state {
	return &state{
		inputs: "digest", report: Report{Mode: Hardlink, Packages: 2, Files: 300},
		executable: "/usr/bin/python3.12", interpreter: identity{size: 5, modified: -7, inode: 1 << 60, regular: true},
		trees: []string{"/store/a", "/store/b"},
		folders: []folderState{
			{path: "", entries: []entryState{{name: "lib", folder: true}, {name: "lib64", target: "lib"}}},
			{path: "lib", entries: []entryState{{name: "é", identity: identity{size: 1 << 40, modified: 1 << 62, inode: 3, regular: true}}}},
			{path: "lib/empty", entries: []entryState{}},
		},
	}
}

func TestState(t *testing.T) {
	want := someState()
	data := want.encode()
	got, err := decodeState(data)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%v: got %+v, want %+v", err, got, want)
	}
	for i := range data {
		if _, err := decodeState(data[:i]); err == nil {
			t.Errorf("the first %d bytes are a state", i)
		}
		data[i] ^= 1
		if _, err := decodeState(data); err == nil {
			t.Errorf("with byte %d changed it is a state", i)
		}
		data[i] ^= 1
	}
}

// FuzzState decodes bytes whose checksum is right.
func FuzzState(f *testing.F) {
	data := someState().encode()
	f.Add(data[len(stateMagic) : len(data)-4])
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x07})
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := decodeState(seal(append([]byte(stateMagic), body...)))
		if err != nil {
			return
		}
		again, err := decodeState(s.encode())
		if err != nil || !reflect.DeepEqual(s, again) {
			t.Errorf("%v: %+v became %+v", err, s, again)
		}
	})
}
