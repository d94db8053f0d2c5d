//go:build unix

package source

import (
	"os/exec"
	"syscall"
)

// ownGroup makes the command the leader of a session of its own, so that its helpers end with it, and none of them can
// stop at a question on the terminal: without one, ssh fails at once.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
