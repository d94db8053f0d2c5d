package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestDocs holds docs/cli.md against the commands' own help.
func TestDocs(t *testing.T) {
	var text strings.Builder
	text.WriteString("# Commands\n\nWritten from the commands' own help; `make docs` writes it anew.\n\n" +
		"Each flag can be given in the environment, too: `OFIUCO_` and its name in capitals, `_` for `-`\n" +
		"(`OFIUCO_CACHE_DIR`); a flag that may be repeated takes a list with commas.\n\n" +
		"Exit status: 0 done, 1 the input is at fault, 2 wrong usage, 3 the network, 4 the disk.\n")
	writeHelp(t, &text, "")
	for _, c := range testApp().command().Commands() {
		if c.Name() != "help" && c.Name() != "completion" && !c.Hidden {
			writeHelp(t, &text, c.Name())
		}
	}
	golden := filepath.Join("..", "..", "docs", "cli.md")
	if os.Getenv("UPDATE_GOLDENS") != "" {
		if err := os.WriteFile(golden, []byte(text.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text.String() != string(want) {
		t.Errorf("docs/cli.md is not what the commands say: run `make docs`")
	}
}

func writeHelp(t *testing.T, w *strings.Builder, name string) {
	t.Helper()
	var help bytes.Buffer
	root := testApp().command()
	root.SetOut(&help)
	root.SetArgs(strings.Fields(name + " --help"))
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	w.WriteString("\n## " + strings.TrimSpace("ofiuco "+name) + "\n\n```text\n")
	for line := range strings.Lines(help.String()) {
		w.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	w.WriteString("```\n")
}

// TestHelpHasExamples holds every command to an example that shows how it is used.
func TestHelpHasExamples(t *testing.T) {
	var check func(*cobra.Command)
	check = func(c *cobra.Command) {
		if c.Hidden {
			return // rules run it, and no one else
		}
		if c.Short == "" || c.Runnable() && !strings.Contains(c.Example, "ofiuco "+strings.TrimPrefix(c.CommandPath(), "ofiuco ")) && c.HasParent() {
			t.Errorf("%s has no example of its use", c.CommandPath())
		}
		for _, sub := range c.Commands() {
			check(sub)
		}
	}
	for _, c := range testApp().command().Commands() {
		check(c)
	}
}

func testApp() *app {
	return &app{stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }}
}
