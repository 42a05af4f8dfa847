//go:build !linux

package platform

import "os"

// exitWatch cannot wait without reaping here, so what a worker leaves behind in
// its group is not killed after it.
type exitWatch struct{}

func (exitWatch) wait() bool { return false }

// residentBytes is not known here: WorkerMemoryBytes only reaches Go workers,
// through their environment.
func residentBytes(int) int64 { return 0 }

// startChild starts a process in a group of its own. When the server dies, the
// end of its input tells it.
func startChild(path string, argv, env []string, files []*os.File) (*os.Process, exitWatch, error) {
	handle, err := os.StartProcess(path, argv, &os.ProcAttr{Env: env, Files: files, Sys: ownGroup()})
	return handle, exitWatch{}, err
}
