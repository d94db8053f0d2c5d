package selection

import (
	"sync"

	"github.com/ofiuco/ofiuco/lock"
	"github.com/ofiuco/ofiuco/target"
)

// Result is what Select says of one target.
type Result struct {
	Target    target.Target
	Selection *Selection // nil when there is an error
	Err       error
}

// Check selects for each of the targets, at once; the results are in their order.
func Check(l *lock.Lock, targets []target.Target, o Options) []Result {
	f := newFiles(l)
	results := make([]Result, len(targets))
	var each sync.WaitGroup
	for i, t := range targets {
		each.Go(func() {
			s, err := f.selectFor(t, o)
			results[i] = Result{Target: t, Selection: s, Err: err}
		})
	}
	each.Wait()
	return results
}
