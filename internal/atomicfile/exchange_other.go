//go:build !linux && !darwin

package atomicfile

import "errors"

// exchange can't be done here in one step.
func exchange(_, _ string) error { return errors.ErrUnsupported }
