//go:build unix

package interpreter

import (
	"os/exec"
	"syscall"
)

// ownGroup makes the command the leader of a process group, so that what a shim started ends with it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
