//go:build !unix

package daemon

import (
	"errors"
	"os"
	"syscall"
)

// caught are the signals that the server acts on.
var caught = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

// ignored are those of them that do nothing while the program is replaced.
var ignored []os.Signal

// asksUpgrade reports whether a signal asks for the program to be replaced.
func asksUpgrade(os.Signal) bool { return false }

// askUpgrade asks a process for that.
func askUpgrade(int) error { return errors.ErrUnsupported }
