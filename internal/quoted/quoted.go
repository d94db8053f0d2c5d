// Package quoted shows text of an untrusted archive in messages, so that it can neither drive a terminal nor flood one.
package quoted

import "fmt"

// most is how much of a text is shown, in bytes.
const most = 200

// Always quotes text as Go does, cut to a length that leaves the message readable.
func Always(s string) string {
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return fmt.Sprintf("%q", s)
}

// IfNeeded is s, quoted where it holds what quoting would change.
func IfNeeded(s string) string {
	if text := Always(s); text != `"`+s+`"` {
		return text
	}
	return s
}
