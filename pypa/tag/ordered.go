package tag

import "strconv"

// Ordered is the ordered tags of one Python on one platform, best first: what packaging.tags.sys_tags
// gives there. It is immutable and safe for concurrent use.
//
// The list is a product (each interpreter-abi pair with each platform) followed by the pure tags
// ("py3-none-any"). Only the factors are kept, so that making it costs microseconds and a rank is two
// look-ups and a multiplication, though the list has a thousand tags and more.
type Ordered struct {
	pairs     []pair
	platforms []string
	pure      []string // interpreters of INTERPRETER-none-any

	pairRank     map[pair]int
	platformRank map[string]int
	pureRank     map[string]int
}

type pair struct{ interpreter, abi string }

// CPython is the ordered tags of CPython 3.minor on a platform whose platform tags are given, best first.
func CPython(minor int, freeThreaded bool, platforms []string) *Ordered {
	interpreter := "cp3" + strconv.Itoa(minor)
	abi, stable := interpreter, "abi3"
	if freeThreaded {
		abi, stable = interpreter+"t", "abi3t"
	}
	pairs := make([]pair, 0, 2*minor+4)
	pairs = append(pairs, pair{interpreter, abi}, pair{interpreter, stable}, pair{interpreter, "none"})
	// The stable ABI begins with Python 3.2 (PEP 384).
	for older := minor - 1; older >= 2; older-- {
		pairs = append(pairs, pair{"cp3" + strconv.Itoa(older), stable})
	}
	return newOrdered(pairs, interpreter, minor, platforms)
}

// PyPy is the ordered tags of a PyPy that runs Python 3.minor; abi is its ABI tag, "pypy311_pp73".
func PyPy(minor int, abi string, platforms []string) *Ordered {
	interpreter := "pp3" + strconv.Itoa(minor)
	pairs := make([]pair, 0, minor+4)
	pairs = append(pairs, pair{interpreter, abi}, pair{interpreter, "none"})
	return newOrdered(pairs, "pp3", minor, platforms)
}

// newOrdered adds the tags that every Python 3.minor has to the pairs of one implementation.
// Of its own pure tags only own-none-any counts.
func newOrdered(pairs []pair, own string, minor int, platforms []string) *Ordered {
	generic := make([]string, 0, minor+2)
	generic = append(generic, "py3"+strconv.Itoa(minor), "py3")
	for older := minor - 1; older >= 0; older-- {
		generic = append(generic, "py3"+strconv.Itoa(older))
	}
	for _, interpreter := range generic {
		pairs = append(pairs, pair{interpreter, "none"})
	}
	o := &Ordered{
		pairs:        pairs,
		platforms:    platforms,
		pure:         append([]string{own}, generic...),
		pairRank:     make(map[pair]int, len(pairs)),
		platformRank: make(map[string]int, len(platforms)),
		pureRank:     make(map[string]int, len(generic)+1),
	}
	for i, p := range o.pairs {
		o.pairRank[p] = i
	}
	for i, p := range o.platforms {
		o.platformRank[p] = i
	}
	for i, p := range o.pure {
		o.pureRank[p] = i
	}
	return o
}

// Len is how many tags the list has.
func (o *Ordered) Len() int { return len(o.pairs)*len(o.platforms) + len(o.pure) }

// Tags is the whole list, best first.
func (o *Ordered) Tags() []Tag {
	tags := make([]Tag, 0, o.Len())
	for _, pair := range o.pairs {
		for _, platform := range o.platforms {
			tags = append(tags, Tag{pair.interpreter, pair.abi, platform})
		}
	}
	for _, interpreter := range o.pure {
		tags = append(tags, Tag{interpreter, "none", "any"})
	}
	return tags
}

// Rank is the place of t in the list, 0 the best; ok is false when t is not in it.
func (o *Ordered) Rank(t Tag) (rank int, ok bool) {
	if t.Platform == "any" {
		if t.ABI != "none" {
			return 0, false
		}
		place, ok := o.pureRank[t.Interpreter]
		return len(o.pairs)*len(o.platforms) + place, ok
	}
	platform, ok := o.platformRank[t.Platform]
	if !ok {
		return 0, false
	}
	place, ok := o.pairRank[pair{t.Interpreter, t.ABI}]
	return place*len(o.platforms) + platform, ok
}

// RankSet is the place of the best tag of a compressed set ("py2.py3-none-any"), without expanding it.
// Of a set that Parse refuses, ok is false.
func (o *Ordered) RankSet(set string) (rank int, ok bool) {
	interpreters, abis, platforms, err := split(set)
	if err != nil {
		return 0, false
	}
	for interpreter, is := nextPart(interpreters); interpreter != ""; interpreter, is = nextPart(is) {
		for abi, as := nextPart(abis); abi != ""; abi, as = nextPart(as) {
			for platform, ps := nextPart(platforms); platform != ""; platform, ps = nextPart(ps) {
				if r, fits := o.Rank(Tag{interpreter, abi, platform}); fits && (!ok || r < rank) {
					rank, ok = r, true
				}
			}
		}
	}
	return rank, ok
}

// HasPair says whether the list has tags with the interpreter and the ABI.
func (o *Ordered) HasPair(interpreter, abi string) bool {
	_, ok := o.pairRank[pair{interpreter, abi}]
	if !ok && abi == "none" {
		_, ok = o.pureRank[interpreter]
	}
	return ok
}
