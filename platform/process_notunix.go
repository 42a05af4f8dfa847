//go:build !unix

package platform

import (
	"os"
	"syscall"
)

var (
	termSignal os.Signal = os.Kill // there is no gentler one
	killSignal os.Signal = os.Kill
)

func ownGroup() *syscall.SysProcAttr { return nil }

func signalGroup(p *os.Process, _ os.Signal) { _ = p.Kill() }

// killedBy names the signal that ended a process: there are none here.
func killedBy(*os.ProcessState) string { return "" }
