//go:build unix

package daemon

import (
	"os"
	"syscall"
)

// caught are the signals that the server acts on.
var caught = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR2}

// ignored are those of them that do nothing while the program is replaced.
var ignored = []os.Signal{syscall.SIGHUP, syscall.SIGUSR2}

// asksUpgrade reports whether a signal asks for the program to be replaced.
func asksUpgrade(s os.Signal) bool { return s == syscall.SIGUSR2 }

// askUpgrade asks a process for that.
func askUpgrade(pid int) error { return syscall.Kill(pid, syscall.SIGUSR2) }
