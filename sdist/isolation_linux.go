package sdist

import (
	_ "embed"
	"errors"
	"os"
	"os/exec"
	"syscall"
)

//go:embed enter.py
var enterProgram []byte

// The files in Build.Scratch.
const (
	enterFile   = "enter.py"
	planFile    = "plan.json"
	refusalFile = "refusal"
	rootFolder  = "root"
)

// plan is what enter.py reads.
type plan struct {
	Root     string      `json:"root"`
	Binds    [][2]string `json:"binds"`
	Loopback bool        `json:"loopback"`
	Dir      string      `json:"dir"`
	Program  []string    `json:"program"`
	Refusal  string      `json:"refusal"`
}

// levels are what to try, from the most isolation to the least that is any. Root needs no user namespace, in which it
// could not write to others' files; but in a container it may be allowed that alone.
func (b *Build) levels() []isolation {
	wanted := isolation{network: !b.Network, paths: !b.Editable}
	if _, err := os.Lstat(top); !errors.Is(err, os.ErrNotExist) {
		wanted.paths = false // something of the host's would be hidden
	}
	var levels []isolation
	for _, level := range []isolation{wanted, {network: wanted.network}, {paths: wanted.paths}} {
		if level == (isolation{}) {
			continue
		}
		if os.Geteuid() == 0 {
			levels = append(levels, level)
		}
		level.user = true
		levels = append(levels, level)
	}
	return levels
}

// reached keeps what the host allows, and notes what it does not.
func (b *Build) reached(level isolation) {
	if b.level != nil {
		return
	}
	b.level = &level
	if !b.Network && !level.network {
		b.note("it was built with the network in reach, since this host allows no network namespaces")
	}
	if !b.Editable && !level.paths {
		b.note("it was built in a folder whose path may be in the wheel, since this host allows no mount namespaces (or has a %s)", top)
	}
}

// enter makes the command start in namespaces of its own, through enter.py.
func (b *Build) enter(cmd *exec.Cmd, level isolation, seen view) error {
	if err := os.WriteFile(b.scratch(enterFile), enterProgram, 0o644); err != nil {
		return err
	}
	if err := os.Remove(b.scratch(refusalFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	p := plan{Loopback: level.network, Dir: seen.path(b.Dir), Program: cmd.Args, Refusal: b.scratch(refusalFile)}
	if level.paths {
		p.Root = b.scratch(rootFolder)
		if err := os.MkdirAll(p.Root, 0o755); err != nil {
			return err
		}
	}
	for _, bind := range seen {
		p.Binds = append(p.Binds, [2]string{bind.real, bind.seen})
	}
	if err := writeJSON(b.scratch(planFile), p); err != nil {
		return err
	}
	cmd.Path = b.Python
	cmd.Args = []string{b.Python, "-I", "-S", "-B", b.scratch(enterFile), b.scratch(planFile)}
	if level.network {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWNET
	}
	if level.paths {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWNS
	}
	if level.user {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return nil
}

// refused tells whether enter.py found that the host forbids what it was to do.
func (b *Build) refused() bool {
	_, err := os.Stat(b.scratch(refusalFile))
	return err == nil
}
