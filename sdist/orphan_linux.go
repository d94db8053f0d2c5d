package sdist

import (
	"os/exec"
	"syscall"
)

// endWithParent has the kernel kill the command when the thread that starts it ends, as it does at kill -9.
func endWithParent(cmd *exec.Cmd) { cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL }
