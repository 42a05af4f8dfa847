//go:build !linux

package sandbox_test

import "errors"

func probeSystem(verb, _ string) (string, error) { return "", errors.New("unknown verb " + verb) }
