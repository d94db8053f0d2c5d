package bazeltest

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ofiuco/ofiuco/internal/oracle"
)

// Executor starts a server on loopback that executes actions remotely and keeps their results, and gives the flags with which Bazel
// uses it. It ends with the test. An action sees its inputs, and of this machine what an image of a worker would have, /usr, /etc
// and the Pythons; it has no network.
func (b *Bazel) Executor(t testing.TB) []string {
	t.Helper()
	tools := tools(t)
	programs := filepath.Join(tools, "buildbox")
	if _, err := os.Stat(programs); err != nil {
		oracle.Missing(t, "bazel/buildbox")
	}
	oracle.Program(t, "bwrap")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	arguments := []string{"--bind=" + address, "--buildbox-run=" + filepath.Join(programs, "buildbox-run"), "--jobs=2", "--log-level=warning"}
	for _, mount := range b.mounts(tools) {
		arguments = append(arguments, "--runner-arg=--bind-mount="+mount)
	}
	cmd := exec.Command(filepath.Join(programs, "buildbox-casd"), append(arguments, t.TempDir())...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err == nil {
			<-ended
		}
	})
	for range time.Tick(50 * time.Millisecond) {
		if connection, err := net.Dial("tcp", address); err == nil {
			_ = connection.Close()
			break
		}
		select {
		case err := <-ended:
			t.Fatalf("the executor ended: %v\n%s", err, output.Bytes())
		default:
		}
	}
	return []string{
		"--remote_executor=grpc://" + address, "--spawn_strategy=remote,sandboxed", "--remote_local_fallback=false", "--incompatible_strict_action_env",
	}
}

// mounts are what a worker has, "PATH_HERE:PATH_THERE": the same system that Bazel runs in, since that is where it finds compilers.
func (b *Bazel) mounts(tools string) []string {
	system := "/"
	if b.version == "7" {
		system = filepath.Join(tools, "root")
	}
	var mounts []string
	for _, name := range []string{"usr", "bin", "lib", "lib64", "etc"} {
		// Of a merged /usr the others are links, which can't be mounted.
		if path, err := filepath.EvalSymlinks(filepath.Join(system, name)); err == nil {
			mounts = append(mounts, path+":/"+name)
		}
	}
	for _, path := range []string{filepath.Join(tools, "bin"), pyenvRoot()} {
		if _, err := os.Stat(path); err == nil {
			mounts = append(mounts, path+":"+path)
		}
	}
	return mounts
}

func pyenvRoot() string {
	if root := os.Getenv("PYENV_ROOT"); root != "" {
		return root
	}
	return filepath.Join(os.Getenv("HOME"), ".pyenv")
}

// Spawn is how one action was run.
type Spawn struct {
	Mnemonic string   `json:"mnemonic"`
	Runner   string   `json:"runner"` // such as "linux-sandbox", "remote", "disk cache hit"
	Outputs  []string `json:"listedOutputs"`
}

// CacheHit tells whether the action was not run, since a cache had its outputs.
func (s Spawn) CacheHit() bool { return strings.HasSuffix(s.Runner, " cache hit") }

// RunLogged runs a command as Run does, and tells how each action was run that Bazel had to run or to look up.
func (b *Bazel) RunLogged(t testing.TB, command, platform string, args ...string) (output string, spawns []Spawn, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "execution.json")
	output, err = b.Run(command, platform, append(slices.Clone(args), "--execution_log_json_file="+path)...)
	log, openErr := os.Open(path)
	if openErr != nil {
		t.Fatalf("%v\n%s", openErr, output)
	}
	defer log.Close()
	d := json.NewDecoder(log)
	for d.More() {
		var s Spawn
		if err := d.Decode(&s); err != nil {
			t.Fatalf("the execution log: %v", err)
		}
		spawns = append(spawns, s)
	}
	return output, spawns, err
}
