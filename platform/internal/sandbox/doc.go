// Package sandbox starts a worker process with nothing that it does not need, and
// shuts it in as far as the kernel can.
//
//	server ─ fork, execve ─► shim ─ limits, landlock, seccomp, execve ─► worker
//
// The shim is this program again, so that ours and external executables go
// the same way. launch.go says what is started, child_*.go how it is started,
// signalled and waited for, shim_linux.go and sandbox_linux.go shut it in.
package sandbox
