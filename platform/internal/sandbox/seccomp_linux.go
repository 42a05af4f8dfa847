package sandbox

import (
	"syscall"
	"unsafe"
)

// Answers of a seccomp filter (seccomp(2)).
const (
	filterAllow = 0x7fff0000
	filterErrno = 0x00050000 // with the number of the error
)

// Instructions of a filter (linux/filter.h), and where what it looks at is in
// struct seccomp_data.
const (
	loadWord  = 0x20 // BPF_LD | BPF_W | BPF_ABS
	jumpEqual = 0x15 // BPF_JMP | BPF_JEQ | BPF_K
	jumpGE    = 0x35 // BPF_JMP | BPF_JGE | BPF_K
	jumpSet   = 0x45 // BPF_JMP | BPF_JSET | BPF_K
	answer    = 0x06 // BPF_RET | BPF_K

	andWord = 0x54 // BPF_ALU | BPF_AND | BPF_K

	atNumber = 0
	atArch   = 4
)

// argument is where the low half of a call's argument is: all architectures that
// have a filter are little-endian.
func argument(i uint32) uint32 { return 16 + 8*i }

// deniedEverywhere are calls with one number on all architectures.
var deniedEverywhere = []uint32{
	425, 426, 427, // io_uring_setup, _enter, _register: they open sockets past this filter
	428, 429, 430, 431, 432, 433, 442, // open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr
	438, // pidfd_getfd
	440, // process_madvise
	443, // quotactl_fd
	448, // process_mrelease
}

// namespaces are the flags of clone that make one.
const namespaces = 0x7e020000 // CLONE_NEWUSER, PID, NET, IPC, UTS, CGROUP, NS

const sysClone3 = 435

// HasSeccomp reports whether there is a filter for this system. A kernel built
// without seccomp answers the question with an error.
func HasSeccomp() bool {
	if seccompArch == 0 {
		return false
	}
	const getActionAvail = 2
	action := uint32(filterErrno)
	_, _, errno := syscall.Syscall(sysSeccomp, getActionAvail, 0, uintptr(unsafe.Pointer(&action)))
	return errno == 0
}

// denyCalls installs the filter for the thread, and so for what it executes.
func denyCalls() error {
	program := filter()
	header := struct {
		length uint16
		code   *syscall.SockFilter
	}{uint16(len(program)), &program[0]}
	const setModeFilter = 1
	if _, _, errno := syscall.Syscall(sysSeccomp, setModeFilter, 0, uintptr(unsafe.Pointer(&header))); errno != 0 {
		return errno
	}
	return nil
}

// filter denies what no platform needs. It is a list of what is denied because
// one of what is allowed would break with every release of Go, and of libc.
func filter() []syscall.SockFilter {
	code := []syscall.SockFilter{
		{Code: loadWord, K: atArch},
		{Code: jumpEqual, K: seccompArch, Jt: 1},
		deny(syscall.EPERM), // a call by another architecture's numbers
		{Code: loadWord, K: atNumber},
	}
	if otherNumbers != 0 {
		code = append(code, syscall.SockFilter{Code: jumpGE, K: otherNumbers, Jf: 1}, deny(syscall.EPERM))
	}
	for _, list := range [][]uint32{denied, deniedEverywhere} {
		for _, number := range list {
			code = append(code, onCall(number, deny(syscall.EPERM))...)
		}
	}
	// clone3 has its flags in memory, where a filter cannot look; libraries take
	// clone when it does not exist.
	code = append(code, onCall(sysClone3, deny(syscall.ENOSYS))...)
	code = append(code, onCall(syscall.SYS_CLONE,
		syscall.SockFilter{Code: loadWord, K: argument(0)},
		syscall.SockFilter{Code: jumpSet, K: namespaces, Jf: 1},
		deny(syscall.EPERM),
		allow)...)
	code = append(code, onCall(sysSocket, socketFilter()...)...)
	// A first packet with data opens a connection past landlock.
	const fastOpen = 0x20000000 // MSG_FASTOPEN
	for _, call := range []struct{ number, flags uint32 }{{sysSendto, 3}, {sysSendmsg, 2}, {sysSendmmsg, 3}} {
		code = append(code, onCall(call.number,
			syscall.SockFilter{Code: loadWord, K: argument(call.flags)},
			syscall.SockFilter{Code: jumpSet, K: fastOpen, Jf: 1},
			deny(syscall.EOPNOTSUPP),
			allow)...)
	}
	return append(code, allow)
}

// socketFilter allows sockets of IP, TCP and UDP only, and those that ask the
// kernel for addresses. Landlock knows TCP alone, not its kin: MPTCP would reach
// every port.
func socketFilter() []syscall.SockFilter {
	const typeMask, raw, tcp, udp = 0xf, syscall.SOCK_RAW, syscall.IPPROTO_TCP, syscall.IPPROTO_UDP
	return []syscall.SockFilter{
		{Code: loadWord, K: argument(0)},
		{Code: jumpEqual, K: syscall.AF_NETLINK, Jt: 11},
		{Code: jumpEqual, K: syscall.AF_INET, Jt: 2},
		{Code: jumpEqual, K: syscall.AF_INET6, Jt: 1},
		deny(syscall.EACCES),
		{Code: loadWord, K: argument(1)},
		{Code: andWord, K: typeMask},
		{Code: jumpEqual, K: raw, Jt: 4},
		{Code: loadWord, K: argument(2)},
		{Code: jumpEqual, K: 0, Jt: 3},
		{Code: jumpEqual, K: tcp, Jt: 2},
		{Code: jumpEqual, K: udp, Jt: 1},
		deny(syscall.EPROTONOSUPPORT), // after which Go takes TCP
		allow,
	}
}

var allow = syscall.SockFilter{Code: answer, K: filterAllow}

func deny(errno syscall.Errno) syscall.SockFilter {
	return syscall.SockFilter{Code: answer, K: filterErrno | uint32(errno)}
}

// onCall does steps, which end with an answer, for the call with a number. The
// number must be what was loaded last.
func onCall(number uint32, steps ...syscall.SockFilter) []syscall.SockFilter {
	return append([]syscall.SockFilter{{Code: jumpEqual, K: number, Jf: uint8(len(steps))}}, steps...)
}
