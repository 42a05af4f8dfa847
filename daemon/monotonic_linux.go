package daemon

import (
	"syscall"
	"time"
	"unsafe"
)

// monotonic is the clock that systemd compares with (clock_gettime(2),
// CLOCK_MONOTONIC), which package time keeps to itself.
func monotonic() time.Duration {
	const clockMonotonic = 1
	var t syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&t)), 0)
	return time.Duration(t.Nano())
}
