//go:build unix

package platform

import (
	"os"
	"syscall"
)

// workerFiles are the pipes to the server. They are made such that a goroutine
// which waits for one gives its thread back: a worker with one processor
// (GOMAXPROCS=1) would else wait for the scheduler to notice.
func workerFiles() (in, out *os.File) {
	return pollable(0, os.Stdin), pollable(1, os.Stdout)
}

func pollable(fd int, file *os.File) *os.File {
	info, err := file.Stat()
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 {
		return file
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		return file
	}
	return os.NewFile(uintptr(fd), file.Name())
}
