// Package netrc reads netrc files, in which users keep the credentials of hosts.
//
// The format has no specification. The rules are those of Python's netrc module, since that is what reads
// the same files for pip and Poetry:
//
//   - Words are separated by blanks; a word may stand in double quotes, and a backslash takes the next
//     character as it is.
//   - "machine NAME" and "default" begin an entry; login (or user), password and account follow, in any order.
//     A later entry of the same name replaces an earlier one.
//   - A word that begins with # begins a comment, but at the top only # alone makes the rest of its line one.
//   - "macdef NAME" goes on to the next empty line and is passed over.
//
// An error never shows a word of the file, since that might be a password.
package netrc

import (
	"bytes"
	"fmt"
	"strings"
)

// Login is an entry's credentials; what the file does not say is "".
type Login struct{ User, Account, Password string }

// File is a netrc file's entries.
type File struct {
	machines map[string]Login
}

const defaultName = "default"

// Machine is the entry of a host.
func (f *File) Machine(host string) (Login, bool) {
	login, ok := f.machines[host]
	return login, ok
}

// Default is the entry for every host without one of its own.
func (f *File) Default() (Login, bool) { return f.Machine(defaultName) }

// Parse reads a netrc file.
func Parse(data []byte) (*File, error) {
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	s := &scanner{rest: string(data), line: 1}
	f := &File{machines: map[string]Login{}}
	word := s.topWord()
	for word != "" {
		name := defaultName
		switch word {
		case "machine":
			if name = s.word(); name == "" {
				return nil, fmt.Errorf("line %d: machine has no name", s.line)
			}
		case "default":
		case "macdef":
			s.word()
			if !s.skipMacro() {
				return nil, fmt.Errorf("line %d: the macro is not ended by an empty line", s.line)
			}
			word = s.topWord()
			continue
		default:
			return nil, fmt.Errorf("line %d: want machine, default or macdef", s.line)
		}
		var err error
		if f.machines[name], word, err = s.entry(); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// entry reads what follows a machine's name; next is the word that begins another entry, or "".
func (s *scanner) entry() (login Login, next string, err error) {
	for {
		line := s.line
		word := s.word()
		switch {
		case strings.HasPrefix(word, "#"):
			if s.line == line {
				s.skipLine()
			}
		case word == "login" || word == "user":
			login.User = s.word()
		case word == "account":
			login.Account = s.word()
		case word == "password":
			login.Password = s.word()
		case word == "" || word == "machine" || word == "default" || word == "macdef":
			return login, word, nil
		default:
			return login, "", fmt.Errorf("line %d: want login, password or account", s.line)
		}
	}
}

// scanner cuts a file into words. An empty word (the end, or "") ends whatever is read.
type scanner struct {
	rest string
	line int // counted in the words read; lines passed over don't count, as in Python
}

// topWord is the next word that is no comment.
func (s *scanner) topWord() string {
	for {
		line := s.line
		word := s.word()
		if !strings.HasPrefix(word, "#") {
			return word
		}
		if s.line == line && len(word) == 1 {
			s.skipLine()
		}
	}
}

func (s *scanner) next() (byte, bool) {
	if s.rest == "" {
		return 0, false
	}
	c := s.rest[0]
	s.rest = s.rest[1:]
	if c == '\n' {
		s.line++
	}
	return c, true
}

func (s *scanner) word() string {
	c, ok := s.next()
	for ok && isBlank(c) {
		c, ok = s.next()
	}
	ends := isBlank
	if c == '"' {
		ends = func(c byte) bool { return c == '"' }
		c, ok = s.next()
	}
	var word strings.Builder
	for ok && !ends(c) {
		if c == '\\' {
			if c, ok = s.next(); !ok {
				break
			}
		}
		word.WriteByte(c)
		c, ok = s.next()
	}
	return word.String()
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

func (s *scanner) skipLine() string {
	line, rest, _ := strings.Cut(s.rest, "\n")
	s.rest = rest
	return line
}

// skipMacro passes over lines up to and with an empty one.
func (s *scanner) skipMacro() bool {
	for s.rest != "" {
		if s.skipLine() == "" {
			return true
		}
	}
	return false
}
