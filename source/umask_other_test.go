//go:build !unix

package source_test

import "testing"

func withUmask(*testing.T, int) {}
