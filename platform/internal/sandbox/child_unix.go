//go:build unix

package sandbox

import (
	"os"
	"strconv"
	"syscall"
)

var (
	TermSignal os.Signal = syscall.SIGTERM
	KillSignal os.Signal = syscall.SIGKILL
)

// SignalGroup sends a signal to a process that was not reaped, whatever group it
// is in, and to all in the group that was made for it.
func SignalGroup(p *os.Process, s os.Signal) {
	_ = p.Signal(s) // it may have ended
	if sig, ok := s.(syscall.Signal); ok {
		_ = syscall.Kill(-p.Pid, sig) // it fails when all of them are gone
	}
}

var SignalNames = map[syscall.Signal]string{
	syscall.SIGHUP:  "SIGHUP",
	syscall.SIGINT:  "SIGINT",
	syscall.SIGQUIT: "SIGQUIT",
	syscall.SIGILL:  "SIGILL",
	syscall.SIGTRAP: "SIGTRAP",
	syscall.SIGABRT: "SIGABRT",
	syscall.SIGBUS:  "SIGBUS",
	syscall.SIGFPE:  "SIGFPE",
	syscall.SIGKILL: "SIGKILL",
	syscall.SIGSEGV: "SIGSEGV",
	syscall.SIGPIPE: "SIGPIPE",
	syscall.SIGALRM: "SIGALRM",
	syscall.SIGTERM: "SIGTERM",
	syscall.SIGUSR1: "SIGUSR1",
	syscall.SIGUSR2: "SIGUSR2",
	syscall.SIGXCPU: "SIGXCPU",
	syscall.SIGXFSZ: "SIGXFSZ",
	syscall.SIGSYS:  "SIGSYS",
}

// KilledBy names the signal that ended a process, "" for none.
func KilledBy(state *os.ProcessState) string {
	status, ok := state.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return ""
	}
	if name := SignalNames[status.Signal()]; name != "" {
		return name
	}
	return "signal " + strconv.Itoa(int(status.Signal()))
}
