//go:build !unix

package sandbox

import (
	"os"
	"syscall"
)

var (
	TermSignal os.Signal = os.Kill // there is no gentler one
	KillSignal os.Signal = os.Kill
)

func ownGroup() *syscall.SysProcAttr { return nil }

func SignalGroup(p *os.Process, _ os.Signal) { _ = p.Kill() }

// KilledBy names the signal that ended a process: there are none here.
func KilledBy(*os.ProcessState) string { return "" }
