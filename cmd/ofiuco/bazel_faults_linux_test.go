package main

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestActionsOnFullDisks run out of space: the message names the path, the status is the disk's, and nothing is left.
func TestActionsOnFullDisks(t *testing.T) {
	x := newExecroot(t)
	big := make([]byte, 3<<20)
	for i := range big {
		big[i] = byte(i * i >> 7) // does not deflate to nothing
	}
	artifact := x.wheel(alphaFile, map[string]string{"alpha.bin": string(big)})
	x.fetch(entry("alpha", "1.0", artifact), arm, "w")
	wheels := []object{{"dir": "w", "prefix": ""}}
	x.input("big.bin", big)
	for action, instructions := range map[string]object{
		"fetch":   {"package": entry("alpha", "1.0", artifact), "files": x.wheels(), "build_lock": ""},
		"install": {"wheel": "w"},
		"zip":     {"files": []object{{"path": "big.bin", "name": "big.bin"}}},
		"layer":   {"wheels": wheels, "files": []object{{"path": "big.bin", "name": "big.bin"}}},
		"venv":    {"wheels": wheels, "interpreter": "/bin/sh"},
	} {
		t.Run(action, func(t *testing.T) {
			disk := smallDisk(t, "size=16k")
			instructions["output"], instructions["target"] = filepath.Join(disk, "out"), arm
			wantFailure(t, action, x.run(action, instructions), statusDisk, "no space left on device")
			if left := x.tree(disk); len(left) > 0 {
				t.Errorf("%d files were left", len(left))
			}
		})
	}
}

// TestActionsWriteOutputsOnly runs actions where nothing but their output can be written to.
func TestActionsWriteOutputsOnly(t *testing.T) {
	x := newExecroot(t)
	x.dir = smallDisk(t, "size=50m")
	e := entry("alpha", "1.0", x.wheel(alphaFile, alpha))
	outputs := filepath.Join(x.dir, "out")
	if err := os.Mkdir(outputs, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", outputs, "tmpfs", 0, "size=50m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(outputs, unix.MNT_DETACH) })
	for _, dir := range []string{"fetched", "wheel", "site", "env"} {
		if err := os.Mkdir(filepath.Join(outputs, dir), 0o777); err != nil { // as Bazel does
			t.Fatal(err)
		}
	}
	remount(t, x.dir, unix.MS_RDONLY, "size=50m")
	x.must("fetch", object{"package": e, "target": arm, "output": "out/fetched", "files": x.wheels(), "build_lock": ""})
	x.must("build", object{"package": e, "target": arm, "fetched": "out/fetched", "output": "out/wheel", "interpreter": "", "cc": nil, "build_lock": ""})
	x.must("install", object{"target": arm, "wheel": "out/wheel", "output": "out/site"})
	x.must("venv", object{"target": arm, "wheels": []object{{"dir": "out/wheel"}}, "interpreter": "/bin/sh", "output": "out/env"})
	x.must("zip", object{"target": arm, "wheels": []object{{"dir": "out/wheel"}}, "output": "out/a.zip"})
}
