//go:build !unix

package supervisor

import (
	"errors"
	"os"
)

var stopSignal, continueSignal os.Signal = os.Kill, os.Kill // never sent

func signalSelf(string) error { return errors.New("there are no signals here") }
