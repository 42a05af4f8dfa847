//go:build unix

package dummy

import (
	"os"
	"syscall"
)

// end sends the worker a signal that ends it.
func end(kill bool) {
	signal := syscall.SIGTERM
	if kill {
		signal = syscall.SIGKILL
	}
	_ = syscall.Kill(os.Getpid(), signal) // a process may always signal itself
	select {}                             // until the signal arrives
}
