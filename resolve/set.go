package resolve

import "math/bits"

// set is a set of a variable's values, one bit each. All sets of one variable have the same length.
type set []uint64

func newSet(values int) set { return make(set, (values+63)/64) }

// allOf is the set of all values.
func allOf(values int) set {
	s := newSet(values)
	for i := range values {
		s.add(i)
	}
	return s
}

func (s set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

func (s set) combine(t set, with func(a, b uint64) uint64) set {
	r := make(set, len(s))
	for i := range s {
		r[i] = with(s[i], t[i])
	}
	return r
}

func (s set) and(t set) set   { return s.combine(t, func(a, b uint64) uint64 { return a & b }) }
func (s set) or(t set) set    { return s.combine(t, func(a, b uint64) uint64 { return a | b }) }
func (s set) minus(t set) set { return s.combine(t, func(a, b uint64) uint64 { return a &^ b }) }

// within says whether t has all values of s.
func (s set) within(t set) bool {
	for i := range s {
		if s[i]&^t[i] != 0 {
			return false
		}
	}
	return true
}

// meets says whether s and t have a value in common.
func (s set) meets(t set) bool {
	for i := range s {
		if s[i]&t[i] != 0 {
			return true
		}
	}
	return false
}

func (s set) len() int {
	n := 0
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}
