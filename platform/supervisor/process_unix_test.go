//go:build unix

package supervisor

import (
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/sockethub/sockethub/platform/internal/sandbox"
	"github.com/sockethub/sockethub/platform/internal/workertest"
)

var stopSignal, continueSignal os.Signal = syscall.SIGSTOP, syscall.SIGCONT

// signalSelf sends the own process a signal and gives it time to arrive.
func signalSelf(name string) error {
	for s, n := range sandbox.SignalNames {
		if n == name {
			return sendSelf(s)
		}
	}
	if name == "SIGSTOP" {
		return sendSelf(syscall.SIGSTOP)
	}
	return errors.New("no such signal: " + name)
}

func sendSelf(s syscall.Signal) error {
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		return err
	}
	time.Sleep(workertest.Patience) // it comes before that
	return errors.New("the signal did not come")
}
