// Package sandbox starts a worker process with nothing that it does not need, and
// shuts it in as far as the kernel can.
//
//	server ─ fork, execve ─► shim: limits, landlock, capabilities, seccomp ─► worker of ours
//	                                                                    └─ execve ─► external executable
//
// The shim is this program again. A platform of ours goes on in that process: all
// its threads are shut in, which takes half a millisecond. Where Go cannot reach
// all threads (programs linked with cgo, race-tested ones among them) or the
// kernel would refuse them signals to one another, the shim executes this program
// once more, as it does an external executable.
//
// What is closed, by what, and from which kernel on:
//
//	set-uid programs, and all that execve could give    no_new_privs             3.5
//	every capability of root                            capset                   any
//	core files, writing to files, more descriptors      rlimits                  any
//	descriptors that the server's parent left           close-on-exec            any
//	files that are not listed, folders, execution       landlock 1               5.13
//	truncating an open file                             landlock 3               6.2
//	TCP: binding, and connecting to undeclared ports    landlock 4               6.7
//	control of devices                                  landlock 5               6.10
//	signals to others, abstract UNIX sockets            landlock 6               6.12
//	UNIX sockets with a path, once more                 landlock 9               7.1
//	limits, priority, scheduling, affinity of others    seccomp                  3.17
//	process groups and sessions                         seccomp                  3.17
//	mode, owner, times, attributes, names of files      seccomp                  3.17
//	watching files (inotify, fanotify)                  seccomp                  3.17
//	listening; UNIX, raw and packet sockets, netlink    seccomp                  3.17
//	  but for routes, all protocols but TCP and UDP
//	System V and POSIX shared memory, queues, keys      seccomp                  3.17
//	namespaces, mounts, tracing, io_uring, bpf, clocks  seccomp                  3.17
//	processes, execution, binding any port, and memory  seccomp                  3.17
//	  that is executed, for platforms of ours
//
// The seccomp filters are lists of what is allowed (calls_linux.go): a strict one
// for ours, a longer one for external executables, which may fork, execute what
// landlock lets them, and have pairs of stream sockets. A call that is newer than a
// list does not exist (ENOSYS), any other is EPERM. There are filters for amd64 and
// arm64. attempts_linux_test.go tries each line of the table on this kernel.
//
// What no kernel closes, and is accepted: a worker can see that a file exists, its
// size and its times (stat), where the folders above it may be searched by the
// server's user. It may send UDP anywhere, since names are looked up so. Children
// of an external executable outlive a server that was killed by SIGKILL, unless
// systemd or a container ends them; they can listen on nothing.
//
// launch.go says what is started, child_*.go how it is started, signalled and
// waited for, shim_linux.go, sandbox_linux.go and calls_linux.go shut it in.
package sandbox
