//go:build amd64 || arm64

package handover

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// Supported is nil where a program can be replaced in its process.
func Supported() error { return nil }

// memfdCreate is the number of memfd_create(2), which package syscall lacks.
var memfdCreate = map[string]uintptr{"amd64": 319, "arm64": 279}[runtime.GOARCH]

const (
	closeOnExec  = 1 // MFD_CLOEXEC
	allowSealing = 2 // MFD_ALLOW_SEALING
	addSeals     = 1033
	allSeals     = 0xf // F_SEAL_SEAL, _SHRINK, _GROW, _WRITE
)

// NewMemory makes the file that a state is written into.
func NewMemory() (*os.File, error) {
	name := append([]byte("sockethub state"), 0)
	fd, _, errno := syscall.Syscall(memfdCreate, uintptr(unsafe.Pointer(&name[0])), closeOnExec|allowSealing, 0)
	if errno != 0 {
		return nil, os.NewSyscallError("memfd_create", errno)
	}
	return os.NewFile(fd, "state"), nil
}

// Exec replaces the program of this process by the one at path, and gives it the
// state that was written to memory. It returns only if that failed; then nothing
// has changed. It must run on the thread that started the children: they are
// killed when that ends, as it does if another one makes the call.
func (w *Writer) Exec(memory *os.File, path string, args, env []string) error {
	if err := w.Close(); err != nil {
		return err
	}
	defer w.hold()
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, memory.Fd(), addSeals, allSeals); errno != 0 {
		return os.NewSyscallError("fcntl F_ADD_SEALS", errno)
	}
	crossing := []int{int(memory.Fd())}
	for _, k := range w.kept {
		crossing = append(crossing, k.fd)
	}
	for _, fd := range crossing {
		if err := setCloseOnExec(fd, false); err != nil {
			return err
		}
	}
	env = append(without(env, Variable), Variable+"="+strconv.Itoa(int(memory.Fd())))
	err := syscall.Exec(path, args, env)
	for _, fd := range crossing {
		if e := setCloseOnExec(fd, true); e != nil {
			err = errors.Join(err, e)
		}
	}
	return &os.PathError{Op: "exec", Path: path, Err: err}
}

// Inherited returns the state that the program before this one in the process has
// left, or nil if there was none. The files are returned with an error too: what
// that program left open is closed with them.
func Inherited() (*Reader, *Files, error) {
	text, ok := os.LookupEnv(Variable)
	if !ok {
		return nil, nil, nil
	}
	os.Unsetenv(Variable)
	files, err := inheritedFiles()
	if err != nil {
		return nil, files, err
	}
	fd, err := strconv.Atoi(text)
	if err != nil {
		return nil, files, fmt.Errorf("%s: found %q, allowed: the number of a descriptor", Variable, text)
	}
	memory, err := files.Take(fd, "state")
	if err != nil {
		return nil, files, err
	}
	if _, err := memory.Seek(0, io.SeekStart); err != nil {
		memory.Close()
		return nil, files, fmt.Errorf("read the state: %w", err)
	}
	r, err := NewReader(memory)
	if err != nil {
		memory.Close()
		return nil, files, err
	}
	r.close = memory.Close
	return r, files, nil
}

// inheritedFiles finds what is open and stays open at an exec, which is what the
// program before this one has left: Go opens everything else close-on-exec.
func inheritedFiles() (*Files, error) {
	files := NewFiles(make(map[int]*os.File))
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return files, fmt.Errorf("look for inherited descriptors: %w", err)
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd <= 2 {
			continue
		}
		flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0)
		if errno == 0 && flags&syscall.FD_CLOEXEC == 0 {
			syscall.CloseOnExec(fd)
			files.open[fd] = os.NewFile(uintptr(fd), "inherited")
		}
	}
	return files, nil
}

func setCloseOnExec(fd int, on bool) error {
	flag := uintptr(0)
	if on {
		flag = syscall.FD_CLOEXEC
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_SETFD, flag); errno != 0 {
		return os.NewSyscallError("fcntl F_SETFD", errno)
	}
	return nil
}

// without returns an environment without a variable.
func without(env []string, name string) []string {
	list := make([]string, 0, len(env)+1)
	for _, v := range env {
		if !strings.HasPrefix(v, name+"=") {
			list = append(list, v)
		}
	}
	return list
}
