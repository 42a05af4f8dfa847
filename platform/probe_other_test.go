//go:build !linux

package platform

import "errors"

func probeSystem(verb, _ string) (string, error) { return "", errors.New("unknown verb " + verb) }
