//go:build !linux

package sandbox

import (
	"errors"
	"os"
)

// ExitWatch cannot wait without reaping here, so what a worker leaves behind in
// its group is not killed after it.
type ExitWatch struct{}

func (ExitWatch) Wait() bool { return false }

// Interrupt is not possible here.
func (ExitWatch) Interrupt() bool { return false }

// Continue undoes Interrupt.
func (ExitWatch) Continue() {}

// Close has nothing to close here.
func (ExitWatch) Close() {}

// AdoptChild is of use only where a program can be replaced in its process.
func AdoptChild(int) (*os.Process, ExitWatch, error) { return nil, ExitWatch{}, errors.ErrUnsupported }

// KillOrphans is as AdoptChild.
func KillOrphans(func(pid int) bool) int { return 0 }

// ResidentBytes is not known here: WorkerMemoryBytes only reaches Go workers,
// through their environment.
func ResidentBytes(int) int64 { return 0 }

// GroupBytes is not known here.
func GroupBytes() map[int]int64 { return nil }

// StartChild starts a process in a group of its own. When the server dies, the
// end of its input tells it.
func StartChild(path string, argv, env []string, files []*os.File) (*os.Process, ExitWatch, error) {
	handle, err := os.StartProcess(path, argv, &os.ProcAttr{Env: env, Files: files, Sys: ownGroup()})
	return handle, ExitWatch{}, err
}
