package tomldoc

import (
	"strings"
	"time"
)

// validDatetime checks what the parser took for a date, a time or both.
//
//	datetime = date [ ( "T" / "t" / " " ) time [ offset ] ] / time
//	time     = hour ":" minute [ ":" second [ "." 1*digit ] ]
//	offset   = "Z" / "z" / ( "+" / "-" ) hour ":" minute
func validDatetime(text string) bool {
	if len(text) > 2 && text[2] == ':' {
		rest, ok := cutTime(text)
		return ok && rest == ""
	}
	if len(text) < len(time.DateOnly) {
		return false
	}
	date, rest := text[:len(time.DateOnly)], text[len(time.DateOnly):]
	if _, err := time.Parse(time.DateOnly, date); err != nil || strings.HasPrefix(date, "0000") {
		return false
	}
	if rest == "" {
		return true
	}
	rest, ok := cutTime(rest[1:])
	if !ok || rest == "" || rest == "Z" || rest == "z" {
		return ok
	}
	if rest[0] != '+' && rest[0] != '-' {
		return false
	}
	rest, ok = cutHourMinute(rest[1:])
	return ok && rest == ""
}

// cutTime cuts a time off the front of text.
func cutTime(text string) (rest string, ok bool) {
	rest, ok = cutHourMinute(text)
	if !ok || !strings.HasPrefix(rest, ":") {
		return rest, ok
	}
	if rest, ok = cutSixty(rest[1:]); !ok || !strings.HasPrefix(rest, ".") {
		return rest, ok
	}
	fraction := rest[1:]
	rest = strings.TrimLeft(fraction, "0123456789")
	return rest, len(rest) < len(fraction)
}

// cutHourMinute cuts "23:59" off the front of text.
func cutHourMinute(text string) (rest string, ok bool) {
	if len(text) < 5 || text[2] != ':' {
		return text, false
	}
	if hour := text[:2]; hour > "23" || hour < "00" || hour[1] < '0' || hour[1] > '9' {
		return text, false
	}
	return cutSixty(text[3:])
}

// cutSixty cuts "59" off the front of text.
func cutSixty(text string) (rest string, ok bool) {
	if len(text) < 2 || text[0] < '0' || text[0] > '5' || text[1] < '0' || text[1] > '9' {
		return text, false
	}
	return text[2:], true
}
