package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// StartChild starts a process in a group of its own, which the kernel kills when
// the calling thread ends. What else it needs to be a worker the shim does.
func StartChild(path string, argv, env []string, files []*os.File) (*os.Process, ExitWatch, error) {
	if err := keepDescriptors(); err != nil {
		return nil, ExitWatch{}, err
	}
	pidfd := -1
	handle, err := os.StartProcess(path, argv, &os.ProcAttr{
		Env:   env,
		Files: files,
		Sys:   &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, PidFD: &pidfd},
	})
	if err != nil {
		return nil, ExitWatch{}, err
	}
	return handle, newExitWatch(pidfd), nil
}

// keepDescriptors lets no descriptor but the three pipes reach a worker: what the
// server's own parent left open would.
func keepDescriptors() error {
	const closeRange, onExec = 436, 4 // close_range, CLOSE_RANGE_CLOEXEC (Linux 5.11)
	if _, _, errno := syscall.Syscall(closeRange, 3, 1<<32-1, onExec); errno == 0 {
		return nil
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return &os.PathError{Op: "look for inherited descriptors", Path: "/proc/self/fd", Err: errors.Unwrap(err)}
	}
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
	return nil
}

// ExitWatch waits for the end of a process without a thread that sleeps for it:
// a process descriptor becomes readable then (Linux 5.3).
type ExitWatch struct{ file *os.File } // nil without such descriptors

func newExitWatch(pidfd int) ExitWatch {
	if pidfd < 0 {
		return ExitWatch{}
	}
	if err := syscall.SetNonblock(pidfd, true); err != nil {
		syscall.Close(pidfd)
		return ExitWatch{}
	}
	return ExitWatch{os.NewFile(uintptr(pidfd), "pidfd")}
}

// Wait returns true when the process has ended and was not reaped yet, or false
// at once when the kernel cannot tell, or after Interrupt.
func (w ExitWatch) Wait() bool {
	if w.file == nil {
		return false
	}
	conn, err := w.file.SyscallConn()
	if err != nil {
		return false
	}
	known := true
	err = conn.Read(func(fd uintptr) (done bool) {
		ended, ok := hasEnded(fd)
		known = ok
		return ended || !ok
	})
	return known && err == nil
}

// Interrupt ends Wait, and reports whether that is possible. After Continue the
// process can be waited for again.
func (w ExitWatch) Interrupt() bool {
	return w.file != nil && w.file.SetReadDeadline(time.Unix(1, 0)) == nil
}

// Continue undoes Interrupt.
func (w ExitWatch) Continue() { w.file.SetReadDeadline(time.Time{}) }

// Close is for whoever does not wait any more.
func (w ExitWatch) Close() {
	if w.file != nil {
		w.file.Close()
	}
}

// AdoptChild returns a child that an earlier program in this process has started.
func AdoptChild(pid int) (*os.Process, ExitWatch, error) {
	const pidfdOpen = 434 // pidfd_open(2), Linux 5.3
	fd, _, errno := syscall.Syscall(pidfdOpen, uintptr(pid), 0, 0)
	if errno != 0 {
		return nil, ExitWatch{}, os.NewSyscallError("pidfd_open", errno)
	}
	syscall.CloseOnExec(int(fd))
	if _, ours := hasEnded(fd); !ours {
		syscall.Close(int(fd))
		return nil, ExitWatch{}, fmt.Errorf("process %d is no child of this one", pid)
	}
	watch := newExitWatch(int(fd))
	handle, err := os.FindProcess(pid)
	if err != nil || watch.file == nil {
		watch.Close()
		return nil, ExitWatch{}, fmt.Errorf("process %d cannot be watched: %w", pid, err)
	}
	return handle, watch, nil
}

// KillOrphans kills the children of this process but those that keep names, with
// their groups, and waits for their ends.
func KillOrphans(keep func(pid int) bool) (killed int) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || keep(pid) || !isChild(pid) {
			continue
		}
		syscall.Kill(-pid, syscall.SIGKILL)
		syscall.Kill(pid, syscall.SIGKILL)
		syscall.Wait4(pid, nil, 0, nil)
		killed++
	}
	return killed
}

// isChild reports whether a process was started by this one: field 4 of
// proc_pid_stat(5).
func isChild(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	return len(fields) > 1 && string(fields[1]) == strconv.Itoa(os.Getpid())
}

const (
	waitPidfd  = 3          // P_PIDFD
	waitExited = 0x00000004 // WEXITED
	waitNoHang = 0x00000001 // WNOHANG
	waitNoReap = 0x01000000 // WNOWAIT
	infoSize   = 128        // of siginfo_t
)

// hasEnded asks for the state of a process and leaves it as it is.
func hasEnded(pidfd uintptr) (ended, ok bool) {
	var info [infoSize / 8]uint64 // its first 32 bits are the signal: SIGCHLD, or 0 while it runs
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, waitPidfd, pidfd,
			uintptr(unsafe.Pointer(&info)), waitExited|waitNoHang|waitNoReap, 0, 0)
		if errno == syscall.EINTR {
			continue
		}
		return *(*int32)(unsafe.Pointer(&info)) != 0, errno == 0
	}
}

// ResidentBytes is how much memory a process has in RAM; 0 when it is not known.
func ResidentBytes(pid int) int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	return statmResident(text) * int64(os.Getpagesize())
}

// GroupBytes is how much memory all processes of each group have in RAM, by the
// number of the group.
func GroupBytes() map[int]int64 {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	groups := make(map[int]int64)
	for _, e := range entries {
		if c := e.Name()[0]; c < '1' || c > '9' {
			continue
		}
		if text, err := os.ReadFile("/proc/" + e.Name() + "/stat"); err == nil {
			group, pages := statGroup(text)
			groups[group] += pages * int64(os.Getpagesize())
		}
	}
	return groups
}

// statGroup reads the group of a process and its pages in RAM from
// /proc/PID/stat, fields 5 and 24 of proc_pid_stat(5). The second is the name of
// the program, in parentheses, with whatever the program wants in it.
func statGroup(text []byte) (group int, pages int64) {
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 22 {
		return 0, 0
	}
	group, _ = strconv.Atoi(string(fields[2]))
	pages, _ = strconv.ParseInt(string(fields[21]), 10, 64)
	return group, pages
}

// statmResident reads the second number of /proc/PID/statm: pages in RAM.
func statmResident(text []byte) int64 {
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0
	}
	n, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
