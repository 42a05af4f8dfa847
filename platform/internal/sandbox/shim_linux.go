package sandbox

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"
)

// hasShim tells that workers are started by way of the shim.
const hasShim = true

// RunShim does what an order says to the process and then executes the worker
// in its place. It returns only when something failed.
//
// What is set here belongs to a thread, and execve keeps that of the thread
// that calls it: so it works for every program, also ours when it is linked
// with cgo, where Go cannot set it for all threads of a process.
func RunShim(order string) error {
	runtime.LockOSThread()
	o, err := ReadShimOrder(order)
	if err != nil {
		return fmt.Errorf("read the order: %w", err)
	}
	if err := os.Unsetenv(ShimVariable); err != nil {
		return err
	}
	// The kernel is to take a worker before the server when memory runs out.
	// Where /proc cannot be written the order is as it is.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("500"), 0)
	if o.Batch {
		runInBatches()
	}
	if err := endWithServer(); err != nil {
		return err
	}
	if err := closeInherited(); err != nil {
		return err
	}
	if err := setLimits(o); err != nil {
		return err
	}
	if o.Sandbox {
		if err := shutIn(o); err != nil {
			return err
		}
	}
	path := o.Program
	if path == "" {
		path = visiblePath()
	}
	return fmt.Errorf("execute %s: %w", path, syscall.Exec(path, os.Args, os.Environ()))
}

// visiblePath is where this program lies, so that "top" shows the worker under
// its name, unless another file lies there by now.
func visiblePath() string {
	path, err := os.Readlink(OwnProgram())
	if err != nil {
		return OwnProgram()
	}
	there, err := os.Stat(path)
	if err != nil {
		return OwnProgram()
	}
	this, err := os.Stat(OwnProgram())
	if err != nil || !os.SameFile(this, there) {
		return OwnProgram()
	}
	return path
}

// SchedBatch is SCHED_BATCH of <linux/sched.h>.
const SchedBatch = 3

// runInBatches lets the worker interrupt nobody when a job arrives (sched(7)):
// it goes on when a processor is free, and finds more jobs by then. On a busy
// machine fewer changes of process are worth more than the wait. Where it is
// forbidden the worker works as well.
func runInBatches() {
	var priority int32 // struct sched_param: the policy knows only 0
	syscall.RawSyscall(syscall.SYS_SCHED_SETSCHEDULER, 0, SchedBatch, uintptr(unsafe.Pointer(&priority)))
}

// endWithServer makes the kernel kill the worker when the thread of the server
// that started it ends. The server asks for the same, but of the main thread,
// and this need not be it.
func endWithServer() error {
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0, 0)
	if errno != 0 {
		return fmt.Errorf("ask for the signal at the server's end: %w", errno)
	}
	return nil
}

// closeInherited lets no descriptor but the three pipes reach the worker: what
// the server's own parent left open would.
func closeInherited() error {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return fmt.Errorf("look for inherited descriptors: %w", err)
	}
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
	return nil
}

// setLimits forbids core files, which would hold what users said, and whatever
// the order limits. The address space has no limit: Go reserves far more of it
// than it uses.
func setLimits(o *ShimOrder) error {
	limits := []struct {
		what  string
		id    int
		value uint64
	}{{"core files", syscall.RLIMIT_CORE, 0}}
	if o.OpenFiles > 0 {
		limits = append(limits, struct {
			what  string
			id    int
			value uint64
		}{"open files", syscall.RLIMIT_NOFILE, uint64(o.OpenFiles)})
	}
	for _, l := range limits {
		if err := setLimit(l.id, l.value); err != nil {
			return fmt.Errorf("limit %s to %d: %w", l.what, l.value, err)
		}
	}
	return nil
}

func setLimit(id int, value uint64) error {
	var have syscall.Rlimit
	if err := syscall.Getrlimit(id, &have); err != nil {
		return err
	}
	value = min(value, have.Max)
	return syscall.Setrlimit(id, &syscall.Rlimit{Cur: value, Max: value})
}
