//go:build !linux

package sandbox

import "os"

// ExitWatch cannot wait without reaping here, so what a worker leaves behind in
// its group is not killed after it.
type ExitWatch struct{}

func (ExitWatch) Wait() bool { return false }

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
