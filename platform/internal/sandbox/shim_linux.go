package sandbox

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// hasShim tells that workers are started by way of the shim.
const hasShim = true

// RunShim does what an order says to the process. It returns without an error
// when the process is then the worker itself, as one of ours is where it can be
// shut in without executing it once more; else it executes the worker in its
// place, and returns only when something failed.
func RunShim(order string) error {
	o, err := ReadShimOrder(order)
	if err != nil {
		return fmt.Errorf("read the order: %w", err)
	}
	if err := os.Unsetenv(ShimVariable); err != nil {
		return err
	}
	if o.Inside {
		return filterCalls(ownFilter)
	}
	stays := o.Program == "" && canStay()
	on := threads(stays)
	if !stays {
		// What is set here belongs to a thread, and execve keeps that of the thread
		// that calls it.
		runtime.LockOSThread()
		if err := endWithServer(); err != nil {
			return err
		}
	}
	// The kernel is to take a worker before the server when memory runs out.
	// Where /proc cannot be written the order is as it is.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("500"), 0)
	if o.Batch {
		runInBatches(on)
	}
	if err := setLimits(o); err != nil {
		return err
	}
	if o.Sandbox {
		if err := shutIn(o, on); err != nil {
			return err
		}
	}
	if stays {
		if !o.Sandbox {
			return nil
		}
		return filterCalls(ownFilter)
	}
	path := o.Program
	switch {
	case path == "":
		path = visiblePath()
		if o.Sandbox {
			inside := ShimOrder{Inside: true}
			if err := os.Setenv(ShimVariable, string(inside.AppendJSON(nil))); err != nil {
				return err
			}
		}
	case o.Sandbox:
		if err := filterCalls(externalFilter); err != nil {
			return err
		}
	}
	return fmt.Errorf("execute %s: %w", path, syscall.Exec(path, os.Args, os.Environ()))
}

// threads is what a call is made on: all threads of the process (true), or the
// one that calls it.
type threads bool

//go:uintptrescapes
func (all threads) call(number, a1, a2, a3 uintptr) syscall.Errno {
	if all {
		_, _, errno := syscall.AllThreadsSyscall(number, a1, a2, a3)
		return errno
	}
	_, _, errno := syscall.RawSyscall(number, a1, a2, a3)
	return errno
}

// canStay reports whether this process can be shut in with all its threads. A
// program linked with cgo has threads that Go does not know. And kernels that
// first scoped signals refused those between threads of one process, as Go's
// runtime sends them, when each thread had been restricted by itself.
func canStay() bool {
	const getNoNewPrivs = 39 // PR_GET_NO_NEW_PRIVS: any call that changes nothing
	if _, _, errno := syscall.AllThreadsSyscall(syscall.SYS_PRCTL, getNoNewPrivs, 0, 0); errno != 0 {
		return false
	}
	return LandlockABI() < 6 || landlockFixed(signalsOfThreads)
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
func runInBatches(on threads) {
	var priority int32 // struct sched_param: the policy knows only 0
	on.call(syscall.SYS_SCHED_SETSCHEDULER, 0, SchedBatch, uintptr(unsafe.Pointer(&priority)))
}

// endWithServer makes the kernel kill the worker when the thread of the server
// that started it ends. The server asks for the same, but of the main thread,
// and what this thread executes is not that.
func endWithServer() error {
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0, 0)
	if errno != 0 {
		return fmt.Errorf("ask for the signal at the server's end: %w", errno)
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
