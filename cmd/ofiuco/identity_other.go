//go:build !linux && !darwin

package main

// fileIdentity is empty where the system does not tell a changed file from an unchanged one for certain: there
// every run writes its output anew.
type fileIdentity struct{}

func identify(string) (fileIdentity, error) { return fileIdentity{}, nil }
