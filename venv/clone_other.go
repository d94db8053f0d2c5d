//go:build !linux && !darwin

package venv

import "errors"

// clone is not known here.
func (s spot) clone(_, _ string, _ uint32) (identity, error) {
	return identity{}, errors.ErrUnsupported
}
