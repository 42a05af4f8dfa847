//go:build !linux || !(amd64 || arm64)

package handover

import (
	"errors"
	"os"
	"runtime"
)

var errUnsupported = errors.New("a running program is replaced on Linux (amd64, arm64) alone, not on " + runtime.GOOS + "/" + runtime.GOARCH +
	": elsewhere the connections of a process cannot be kept while its program changes; restart the server, and its clients come back")

// Supported is nil where a program can be replaced in its process.
func Supported() error { return errUnsupported }

// NewMemory makes the file that a state is written into.
func NewMemory() (*os.File, error) { return nil, errUnsupported }

// Exec replaces the program of this process where that is supported.
func (w *Writer) Exec(*os.File, string, []string, []string) error { return errUnsupported }

// Inherited returns the state that the program before this one in the process has
// left: none.
func Inherited() (*Reader, *Files, error) { return nil, nil, nil }
