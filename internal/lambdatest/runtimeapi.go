// Package lambdatest runs a handler as AWS Lambda does: it serves the Lambda Runtime API on loopback, and the real
// runtime client (awslambdaric) fetches an event from it and posts the answer back. It is used by tests only.
//
// The API is the one AWS documents under "Using the Lambda runtime API": GET /2018-06-01/runtime/invocation/next,
// POST …/invocation/ID/response and …/error, POST /2018-06-01/runtime/init/error.
package lambdatest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Answer is what a function said to its event.
type Answer struct {
	// Kind is "response", or "error" when the handler or its import failed.
	Kind string
	Body []byte
}

// Function is what is invoked: its code, unpacked, and the folder that brings the runtime client along, as Lambda
// has it in /var/runtime.
type Function struct {
	Task, Client string
	Handler      string // "module.function"
	Python       []string
}

// Invoke starts the runtime client, gives it one event, and returns its answer. The client is killed then: it
// would wait for a next event for ever.
func (f Function) Invoke(ctx context.Context, event []byte) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	api := &runtimeAPI{event: event, answers: make(chan Answer, 1), gone: ctx.Done()}
	server := httptest.NewServer(api)
	defer server.Close()
	defer cancel()

	arguments := append(slices.Clone(f.Python[1:]), "-m", "awslambdaric", f.Handler)
	cmd := exec.CommandContext(ctx, f.Python[0], arguments...)
	cmd.Dir = f.Task
	cmd.Env = append(os.Environ(),
		"AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(server.URL, "http://"),
		"AWS_LAMBDA_FUNCTION_NAME=function", "AWS_LAMBDA_FUNCTION_VERSION=1", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256",
		"LAMBDA_TASK_ROOT="+f.Task, "PYTHONPATH="+f.Task+":"+f.Client, "PYTHONDONTWRITEBYTECODE=1")
	output := &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		return Answer{}, fmt.Errorf("starting the runtime client: %w", err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	select {
	case answer := <-api.answers:
		cancel()
		<-exited
		return answer, nil
	case err := <-exited:
		select {
		case answer := <-api.answers:
			return answer, nil
		default:
			return Answer{}, fmt.Errorf("the runtime client ended without an answer: %w\n%s", errors.Join(err, ctx.Err()), output)
		}
	}
}

type runtimeAPI struct {
	event   []byte
	answers chan Answer
	gone    <-chan struct{}
	mu      sync.Mutex
	given   bool
}

func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		a.next(w)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
	select {
	case a.answers <- Answer{Kind: path.Base(r.URL.Path), Body: body}:
	default: // only the first answer counts
	}
}

// next gives the one event; whoever asks again waits until the test is over.
func (a *runtimeAPI) next(w http.ResponseWriter) {
	a.mu.Lock()
	given := a.given
	a.given = true
	a.mu.Unlock()
	if given {
		<-a.gone
		return
	}
	h := w.Header()
	h.Set("Lambda-Runtime-Aws-Request-Id", "request-1")
	h.Set("Lambda-Runtime-Deadline-Ms", "9999999999999")
	h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:000000000000:function:function")
	h.Set("Content-Type", "application/json")
	_, _ = w.Write(a.event)
}

// lockedBuffer is written by the client's two streams at once.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
