package bazeltest_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/ofiuco/ofiuco/internal/bazeltest"
	"github.com/ofiuco/ofiuco/internal/lambdatest"
)

// checkAnswers has a real arm64 CPython, under emulation, answer an event with the zips for arm64 that Bazel built here: the flat
// one, which brings the runtime client along, and the deck's, which needs Lambda's own client and the PYTHONPATH beside it.
func checkAnswers(t *testing.T, b *bazeltest.Bazel) {
	t.Helper()
	python := arm64Python(t)
	flat := unpacked(t, b.Output("//deck:flat_python3.11_arm64.zip"))
	client := unpacked(t, b.Output("//deck:flat_python3.11_arm64.zip"))
	for _, name := range []string{"lambda.py", "shapely", "numpy"} {
		if err := os.RemoveAll(filepath.Join(client, name)); err != nil {
			t.Fatal(err)
		}
	}
	deployed := unpacked(t, b.Output("//deck:deploy_aws_lambda_python3.11.zip"))
	var beside struct {
		Environment struct {
			PythonPath string `json:"PYTHONPATH"`
		} `json:"environment"`
	}
	data, err := os.ReadFile(b.Output("//deck:deploy_aws_lambda_python3.11.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &beside); err != nil || beside.Environment.PythonPath == "" {
		t.Fatalf("deploy_aws_lambda_python3.11.json: it has no PYTHONPATH (%v): %s", err, data)
	}
	for _, function := range []lambdatest.Function{
		{Task: flat, Client: flat, Handler: "lambda.handler", Python: python},
		{Task: deployed, Client: beside.Environment.PythonPath + ":" + client, Handler: "deck.lambda.handler", Python: python},
	} {
		answer, err := function.Invoke(t.Context(), []byte(`{"x": 0.5, "y": 0.5}`))
		if err != nil {
			t.Errorf("%s: %v", function.Handler, err)
		} else if answer.Kind != "response" || string(bytes.TrimSpace(answer.Body)) != `{"inside": true}` {
			t.Errorf("%s: got %s %s", function.Handler, answer.Kind, answer.Body)
		}
	}
}

// unpacked is a folder with the contents of a zip.
func unpacked(t *testing.T, path string) string {
	t.Helper()
	r, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	dir := t.TempDir()
	if err := os.CopyFS(dir, r); err != nil {
		t.Fatal(err)
	}
	return dir
}
