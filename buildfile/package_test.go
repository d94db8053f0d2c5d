package buildfile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ofiuco/ofiuco/pypa/name"
)

// TestLibraries has libraries of Bazel stand for a folder of the project, where the hub is told of them, and only for that.
func TestLibraries(t *testing.T) {
	l := read(t, "uv.lock", uvHead+uvProject+`dependencies = [{ name = "member" }, { name = "tools" }]

[[package]]
name = "member"
version = "0.1"
source = { editable = "packages/member" }
dependencies = [{ name = "tools", marker = "sys_platform == 'win32'" }]
`+pypi("tools", "1.0", ""), "")
	deps := map[name.Name][]string{"member": {"@//packages/member"}, "tools": {"@//:data"}}
	files, err := Files(l, Options{Hub: "hub", Rules: "@ofiuco", LockLabel: "@//:uv.lock", Extras: true, Deps: deps})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Path == "BUILD.bazel" {
			checkFormatted(t, f)
		}
	}
	calls := readHub(t, files)
	member, tools := calls["member"], calls["tools"]
	if diff := cmp.Diff([]string{":tools", "@//packages/member"}, member.list["deps"]); diff != "" || member.text["entry"] != "" {
		t.Errorf("the member is to be fetched, %s, or depends on (-want +got)\n%s", member.text["entry"], diff)
	}
	if diff := cmp.Diff([]string{"@//:data"}, tools.list["deps"]); diff != "" || tools.text["entry"] == "" {
		t.Errorf("tools is not to be fetched, or depends on (-want +got)\n%s", diff)
	}
	if without := readHub(t, hubOf(t, l))["member"]; without.text["entry"] == "" {
		t.Error("a folder without a library is one, too")
	}
}
