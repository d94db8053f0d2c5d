package lock

import "strings"

// pdmPlatforms are PDM's short names of platforms.
var pdmPlatforms = map[string]string{
	"linux": "manylinux_2_40_x86_64", "alpine": "musllinux_1_2_x86_64", "windows": "windows_amd64",
	"macos": "macos_14_0_arm64",
}

// pdmPlatform is what a target's platform ("manylinux_2_40_x86_64", "macos_14_0_arm64",
// "windows_amd64") says of the environment, as markers; nil for an unknown one.
func pdmPlatform(text string) []string {
	if long, ok := pdmPlatforms[text]; ok {
		text = long
	}
	system, machine, found := strings.Cut(text, "_")
	if !found {
		return nil
	}
	if system != "windows" {
		machine = strings.TrimLeft(machine, "0123456789_") // the version of libc or macOS
	}
	var platform string
	switch system {
	case "manylinux", "musllinux", "linux":
		platform = "linux"
	case "macos":
		platform = "darwin"
		if machine == "aarch64" {
			machine = "arm64"
		}
	case "windows":
		platform = "win32"
		switch machine {
		case "amd64", "x86_64":
			machine = "AMD64"
		case "arm64", "aarch64":
			machine = "ARM64"
		}
	default:
		return nil
	}
	if machine == "" || strings.Trim(machine, "abcdefghijklmnopqrstuvwxyzADMR0123456789_") != "" {
		return nil
	}
	return []string{`sys_platform == "` + platform + `"`, `platform_machine == "` + machine + `"`}
}
