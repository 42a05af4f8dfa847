//go:build !unix

package platform

import "errors"

func signalSelf(string) error { return errors.New("there are no signals here") }
