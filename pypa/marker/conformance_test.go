package marker

import (
	"fmt"
	"testing"

	"github.com/ofiuco/ofiuco/internal/conformance"
	"github.com/ofiuco/ofiuco/pypa/name"
)

// environment is an Environment as cases.py writes it.
type environment struct {
	ImplementationName           string      `json:"implementation_name"`
	ImplementationVersion        string      `json:"implementation_version"`
	OSName                       string      `json:"os_name"`
	PlatformMachine              string      `json:"platform_machine"`
	PlatformPythonImplementation string      `json:"platform_python_implementation"`
	PlatformRelease              string      `json:"platform_release"`
	PlatformSystem               string      `json:"platform_system"`
	PlatformVersion              string      `json:"platform_version"`
	PythonFullVersion            string      `json:"python_full_version"`
	PythonVersion                string      `json:"python_version"`
	SysPlatform                  string      `json:"sys_platform"`
	Extra                        string      `json:"extra"`
	Extras                       []name.Name `json:"extras"`
	DependencyGroups             []name.Name `json:"dependency_groups"`
}

type markerCase struct {
	Environments []environment `json:"environments"` // the only key of the first line

	In      string      `json:"in"`
	OK      bool        `json:"ok"`
	Text    *string     `json:"text"`    // nil when packaging's text reads differently
	Odd     environment `json:"odd"`     // one more environment
	Answers []*bool     `json:"answers"` // nil is an error
	Many    []*bool     `json:"many"`    // of EvaluateExtras
}

// anyExtra is cases.py's ANY_EXTRA.
const anyExtra = "the-extra"

func TestAsPackaging(t *testing.T) {
	var environments []Environment
	check := func(c markerCase) string {
		if c.Environments != nil {
			environments = nil
			for _, env := range c.Environments {
				environments = append(environments, Environment(env))
			}
			return ""
		}
		m, err := Parse(c.In)
		if (err == nil) != c.OK {
			return fmt.Sprintf("Parse(%q) = %v, %v; want ok %v", c.In, m, err, c.OK)
		}
		if !c.OK {
			return ""
		}
		if c.Text != nil && m.String() != *c.Text {
			return fmt.Sprintf("String is %q, want %q", m, *c.Text)
		}
		for i, env := range append(environments, Environment(c.Odd)) {
			if got, err := m.Evaluate(&env); !agrees(got, err, c.Answers[i]) {
				return fmt.Sprintf("Evaluate = %v, %v in environment %d: %+v", got, err, i, env)
			}
			env.Extra = anyExtra
			if got, err := m.EvaluateExtras(&env); !agrees(got, err, c.Many[i]) {
				return fmt.Sprintf("EvaluateExtras = %v, %v in environment %d: %+v", got, err, i, env)
			}
		}
		return ""
	}
	conformance.Run(t, "marker", conformance.Counts{Frozen: 700, Quick: 3_000, Full: 100_000}, check)
}

func agrees(got bool, err error, want *bool) bool {
	if want == nil || err != nil {
		return want == nil && err != nil
	}
	return got == *want
}
