//go:build !unix

package irc

import "os/exec"

// asNobody does nothing where there is no root.
func asNobody(*exec.Cmd) {}
