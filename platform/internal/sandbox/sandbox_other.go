//go:build !linux

package sandbox

// Missing tells in words what of the sandbox this system lacks.
func Missing() []string { return []string{"workers are shut in on Linux only"} }
