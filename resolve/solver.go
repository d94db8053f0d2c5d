package resolve

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"github.com/ofiuco/ofiuco/pypa/name"
	"github.com/ofiuco/ofiuco/pypa/requirement"
)

// maxConflicts is how many dead ends are gone into.
const maxConflicts = 4000

const givenUpHint = "name narrower versions in the build requirements"

// key names a variable: a project, or an extra of it.
type key struct {
	project name.Name
	extra   name.Name
}

// absent is the value of a variable that is not part of the solution. Value i+1 of a project's variable is its
// candidate i; an extra's only other value is 1.
const absent = 0

// variable is a project or an extra, and what of its values is left.
type variable struct {
	key
	project *project
	values  int
	left    set
	// changes are the places in the trail where left became smaller.
	changes []int
	clauses []*clause
	decided int    // its value, absent before
	edges   []edge // what the decided value asks for
}

// edge is a requirement of a decided value.
type edge struct {
	to         []*variable // the project first, then extras
	prerelease bool        // it names one
}

// term is a statement on a variable: that its value is among some.
type term struct {
	*variable
	in set
}

// clause says that not all of its terms hold. The solver's name for it in the literature of PubGrub is incompatibility.
type clause struct {
	terms []term
	// from are the two clauses that it follows from; nil for a fact.
	from [2]*clause
	// asker asks with requirement, or by reason cannot be taken.
	asker       *variable // nil for the build itself
	requirement requirement.Requirement
	reason      string
}

// step is an entry of the trail: a variable lost values.
type step struct {
	v      *variable
	before set
	level  int     // how many decisions had been made
	cause  *clause // nil for a decision
}

// solver searches versions by conflict-driven clause learning over finite domains, which is PubGrub with sets of
// versions written out. A clause that it learned holds whatever was decided, so that a dead end is never gone into twice.
type solver struct {
	*catalog
	variables map[key]*variable
	// dependencies are the clauses of requirements, to be widened for the next version that asks the same.
	dependencies map[string]*clause
	roots        []edge
	hopeless     *clause // one without terms, which holds never
	trail        []step
	level        int
	conflicts    int
}

// solve decides variables until nothing is left open.
func (s *solver) solve(ctx context.Context, roots []requirement.Requirement) ([]Pin, error) {
	s.dependencies = map[string]*clause{}
	changed, edges, err := s.require(ctx, nil, nil, roots)
	s.roots = edges
	for err == nil {
		if err = ctx.Err(); err != nil {
			break
		}
		if conflict := s.propagate(changed); conflict != nil {
			changed, err = s.learnFrom(conflict)
			continue
		}
		v, prerelease := s.open()
		if v == nil {
			return s.pins(), nil
		}
		changed, err = s.decide(ctx, v, prerelease)
	}
	return nil, err
}

// variable is the variable of a project or of its extra.
func (s *solver) variable(ctx context.Context, k key) (*variable, error) {
	if v := s.variables[k]; v != nil {
		return v, nil
	}
	p, err := s.project(ctx, k.project)
	if err != nil {
		return nil, err
	}
	v := &variable{key: k, project: p, values: len(p.candidates) + 1}
	if k.extra != "" {
		v.values = 2
	}
	v.left = allOf(v.values)
	s.variables[k] = v
	return v, nil
}

// add adds a clause, and gives the variables that it speaks of.
func (s *solver) add(c *clause) []*variable {
	c.terms = slices.DeleteFunc(c.terms, term.always)
	if len(c.terms) == 0 {
		s.hopeless = c
	}
	var of []*variable
	for _, t := range c.terms {
		t.clauses = append(t.clauses, c)
		of = append(of, t.variable)
	}
	return of
}

// require adds the clauses of requirements that hold when all of given do, and gives their variables.
func (s *solver) require(ctx context.Context, asker *variable, given []term, requirements []requirement.Requirement) (changed []*variable, edges []edge, err error) {
	for _, r := range requirements {
		e := edge{prerelease: namesPrerelease(r.Specifiers)}
		for _, extra := range append([]name.Name{""}, r.Extras...) {
			v, err := s.variable(ctx, key{r.Name, extra})
			if err != nil {
				return nil, nil, err
			}
			allowed := set{2}
			if extra == "" {
				var pinned bool
				if allowed, pinned = v.project.allowed(r); pinned {
					return nil, nil, errPinned
				}
			}
			e.to = append(e.to, v)
			changed = append(changed, s.dependency(asker, given, r, v, allowed)...)
		}
		edges = append(edges, e)
	}
	return changed, edges, nil
}

// dependency adds the clause that v is among allowed when all of given hold. It widens the one of another version
// of the asker that asks the same.
func (s *solver) dependency(asker *variable, given []term, r requirement.Requirement, v *variable, allowed set) []*variable {
	terms := slices.Clone(given)
	if i := slices.IndexFunc(terms, func(t term) bool { return t.variable == v }); i >= 0 {
		// What requires itself excludes itself or adds nothing.
		if terms[i].in = terms[i].in.minus(allowed); terms[i].in.len() == 0 {
			return nil
		}
		return s.add(&clause{terms: terms, asker: asker, requirement: r})
	}
	text := fmt.Sprint(v.key, "\x00", r)
	if asker != nil {
		text = fmt.Sprint(asker.key, "\x00", text)
	}
	if known := s.dependencies[text]; known != nil && len(given) > 0 {
		known.terms[0].in = known.terms[0].in.or(given[0].in)
		return nil
	}
	c := &clause{terms: append(terms, term{v, allOf(v.values).minus(allowed)}), asker: asker, requirement: r}
	s.dependencies[text] = c
	return s.add(c)
}

// open is the first variable, breadth first from the roots, that is required and not decided, and whether a known requirement
// asks for its pre-releases. That depends on what was decided only, not on what was learned.
func (s *solver) open() (v *variable, prerelease bool) {
	seen := map[*variable]bool{}
	asked := map[*variable]bool{}
	queue := slices.Clone(s.roots)
	for i := 0; i < len(queue); i++ {
		for j, to := range queue[i].to {
			if j == 0 && queue[i].prerelease {
				asked[to] = true
			}
			if seen[to] {
				continue
			}
			seen[to] = true
			if to.decided != absent {
				queue = append(queue, to.edges...)
			} else if v == nil {
				v = to
			}
		}
	}
	return v, asked[v]
}

// decide gives v its best value, with what that asks for. A candidate that cannot be taken is excluded instead.
func (s *solver) decide(ctx context.Context, v *variable, prerelease bool) ([]*variable, error) {
	value, owner := 1, v
	var candidate int
	if v.extra == "" {
		value = s.best(v, prerelease)
		candidate = value
	} else {
		owner = s.variables[key{v.key.project, ""}]
		candidate = owner.decided // the project comes before its extras
	}
	c := owner.project.candidates[candidate-1]
	if err := s.read(ctx, c); err != nil {
		return nil, err
	}
	given := []term{{owner, owner.only(candidate)}}
	if owner != v {
		given = append(given, term{v, v.only(value)})
	}
	asked, reason := s.asks(c, v.extra)
	if reason != "" {
		return s.add(&clause{terms: given, asker: v, reason: reason}), nil
	}
	changed, edges, err := s.require(ctx, v, given, asked)
	if err != nil {
		return nil, err
	}
	s.level++
	s.reduce(v, v.only(value), nil)
	v.decided, v.edges = value, edges
	return append(changed, v), nil
}

// only is the set of one value.
func (v *variable) only(value int) set {
	s := newSet(v.values)
	s.add(value)
	return s
}

// best is the first value that is left: the preferred version, then the newest, pre-releases last unless they are asked for.
func (s *solver) best(v *variable, prerelease bool) int {
	best, bestRank := absent, 3
	preferred, prefers := s.prefer[v.key.project]
	for i, c := range v.project.candidates {
		if !v.left.has(i + 1) {
			continue
		}
		rank := 1
		switch {
		case prefers && c.version.Equal(preferred):
			rank = 0
		case c.version.IsPrerelease() && !prerelease:
			rank = 2
		}
		if rank < bestRank {
			best, bestRank = i+1, rank
		}
	}
	return best
}

// reduce leaves v fewer values.
func (s *solver) reduce(v *variable, left set, cause *clause) {
	v.changes = append(v.changes, len(s.trail))
	s.trail = append(s.trail, step{v, v.left, s.level, cause})
	v.left = left
}

// propagate draws all conclusions from the changed variables. It returns a clause all of whose terms hold.
func (s *solver) propagate(changed []*variable) *clause {
	if s.hopeless != nil {
		return s.hopeless
	}
	for len(changed) > 0 {
		v := changed[0]
		changed = changed[1:]
		for _, c := range v.clauses {
			open, applies := c.open()
			if !applies {
				continue
			}
			if open == nil {
				return c
			}
			s.reduce(open.variable, open.left.minus(open.in), c)
			changed = append(changed, open.variable)
		}
	}
	return nil
}

// open is the only term that does not hold yet, nil when all do. The clause does not apply when one cannot hold or several are open.
func (c *clause) open() (open *term, applies bool) {
	for i := range c.terms {
		t := &c.terms[i]
		if t.left.within(t.in) {
			continue
		}
		if open != nil || !t.left.meets(t.in) {
			return nil, false
		}
		open = t
	}
	return open, true
}

// learnFrom finds out why a clause is violated, undoes the decisions that are to blame, and gives the variables of the clause that
// was learned. The error is an *Error when no decision is to blame.
func (s *solver) learnFrom(c *clause) ([]*variable, error) {
	if s.conflicts++; s.conflicts > maxConflicts {
		return nil, &Error{Msg: fmt.Sprintf("gave up after %d dead ends", maxConflicts), Facts: s.facts(c), Hint: givenUpHint}
	}
	for len(c.terms) > 0 {
		last, lastTerm, level := -1, 0, 0
		for i, t := range c.terms {
			at := s.since(t)
			if at > last {
				if last >= 0 {
					level = max(level, s.trail[last].level)
				}
				last, lastTerm = at, i
			} else {
				level = max(level, s.trail[at].level)
			}
		}
		step := s.trail[last]
		if step.cause == nil || level < step.level {
			s.undo(level)
			return s.add(c), nil
		}
		c = resolvent(c, step.cause, c.terms[lastTerm].variable)
	}
	return nil, s.unsolvable(c)
}

// since is the step of the trail since which a term holds.
func (s *solver) since(t term) int {
	first := sort.Search(len(t.changes)-1, func(i int) bool {
		// What is left after a change is what was left before the next one.
		return s.trail[t.changes[i+1]].before.within(t.in)
	})
	return t.changes[first]
}

// undo takes back all decisions but the first so many.
func (s *solver) undo(level int) {
	for len(s.trail) > 0 {
		last := s.trail[len(s.trail)-1]
		if last.level <= level {
			break
		}
		last.v.left = last.before
		last.v.changes = last.v.changes[:len(last.v.changes)-1]
		if last.cause == nil {
			last.v.decided, last.v.edges = absent, nil
		}
		s.trail = s.trail[:len(s.trail)-1]
	}
	s.level = level
}

// resolvent is what follows from two clauses that contradict each other on v.
func resolvent(a, b *clause, v *variable) *clause {
	c := &clause{from: [2]*clause{a, b}}
	for _, t := range slices.Concat(a.terms, b.terms) {
		i := slices.IndexFunc(c.terms, func(u term) bool { return u.variable == t.variable })
		switch {
		case i < 0:
			c.terms = append(c.terms, t)
		case t.variable == v:
			c.terms[i].in = c.terms[i].in.or(t.in)
		default:
			c.terms[i].in = c.terms[i].in.and(t.in)
		}
	}
	c.terms = slices.DeleteFunc(c.terms, term.always)
	return c
}

// always says whether a term holds whatever the variable's value.
func (t term) always() bool { return allOf(t.values).within(t.in) }
