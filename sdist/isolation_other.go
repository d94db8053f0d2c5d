//go:build !linux

package sdist

import (
	"errors"
	"os/exec"
)

// levels are none: no other system lets a program take the network from another in a documented way.
func (b *Build) levels() []isolation { return nil }

// reached notes nothing, since nothing else can be had here: it is in the documentation.
func (b *Build) reached(level isolation) { b.level = &level }

func (b *Build) enter(*exec.Cmd, isolation, view) error { return errors.ErrUnsupported }

func (b *Build) refused() bool { return false }
