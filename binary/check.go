package binary

import "github.com/ofiuco/ofiuco/target"

// Problem is one thing that keeps a file from running on a Target.
type Problem struct {
	Path string // in the output
	Text string // what is wrong, one line
}

// Check says what keeps the file from running on t. provides tells whether a library is in the same output.
func (f *File) Check(t target.Target, path string, provides func(library string) bool) []Problem {
	panic("unwritten")
}
