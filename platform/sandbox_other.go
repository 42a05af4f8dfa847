//go:build !linux

package platform

// sandboxMissing tells in words what of the sandbox this system lacks.
func sandboxMissing() []string { return []string{"workers are shut in on Linux only"} }
