//go:build !unix

package sdist

import "os/exec"

// ownGroup leaves the command as it is: its compilers end when their pipes to it close.
func ownGroup(*exec.Cmd) {}

// endGroup leaves to the system what a command left behind.
func endGroup(*exec.Cmd) {}

func killed(*exec.ExitError) bool { return false }
