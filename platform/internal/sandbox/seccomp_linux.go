//go:build linux && (amd64 || arm64)

package sandbox

import (
	"cmp"
	"os"
	"slices"
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
	jumpGT    = 0x25 // BPF_JMP | BPF_JGT | BPF_K
	jumpSet   = 0x45 // BPF_JMP | BPF_JSET | BPF_K
	answer    = 0x06 // BPF_RET | BPF_K
	andWord   = 0x54 // BPF_ALU | BPF_AND | BPF_K

	atNumber = 0
	atArch   = 4
)

// HasSeccomp reports whether there is a filter for this system. A kernel built
// without seccomp answers the question with an error.
func HasSeccomp() bool {
	const getActionAvail = 2
	action := uint32(filterErrno)
	_, _, errno := syscall.Syscall(callSeccomp, getActionAvail, 0, uintptr(unsafe.Pointer(&action)))
	return errno == 0
}

// allowCalls installs a filter for all threads of the process, and so for what
// it executes.
func allowCalls(program []syscall.SockFilter) error {
	header := struct {
		length uint16
		code   *syscall.SockFilter
	}{uint16(len(program)), &program[0]}
	const setModeFilter, allThreads = 1, 1 // SECCOMP_FILTER_FLAG_TSYNC
	thread, _, errno := syscall.Syscall(callSeccomp, setModeFilter, allThreads, uintptr(unsafe.Pointer(&header)))
	switch {
	case errno != 0:
		return errno
	case thread != 0:
		return syscall.EBUSY // a thread has another filter: nobody made one
	}
	return nil
}

// ownFilter is for the worker of a platform of ours, externalFilter for what an
// external executable is started in.
func ownFilter() []syscall.SockFilter { return filter(ownRules(), ownCalls) }

func externalFilter() []syscall.SockFilter {
	return filter(externalRules(), ownCalls, moreCalls)
}

// firstOptional is the first call of Linux 5.1. Programs and libraries have a
// way without those that came since, and take it when a call does not exist.
const firstOptional = 424

// filter allows the calls of the lists, and those with a rule as that says.
func filter(rules []callRule, lists ...[]uint32) []syscall.SockFilter {
	code := []syscall.SockFilter{
		{Code: loadWord, K: atArch},
		{Code: jumpEqual, K: seccompArch, Jt: 1},
		refuse(syscall.EPERM), // a call by another architecture's numbers
		{Code: loadWord, K: atNumber},
	}
	if otherNumbers != 0 {
		code = append(code, syscall.SockFilter{Code: jumpGE, K: otherNumbers, Jf: 1}, refuse(syscall.EPERM))
	}
	for _, r := range rules {
		if r.number != none {
			code = append(code, syscall.SockFilter{Code: jumpEqual, K: r.number, Jf: uint8(len(r.steps))})
			code = append(code, r.steps...)
		}
	}
	for _, run := range runs(lists...) {
		if run.first == run.last {
			code = append(code, syscall.SockFilter{Code: jumpEqual, K: run.first, Jf: 1}, allow)
			continue
		}
		code = append(code,
			syscall.SockFilter{Code: jumpGE, K: run.first, Jf: 2},
			syscall.SockFilter{Code: jumpGT, K: run.last, Jt: 1},
			allow)
	}
	return append(code,
		syscall.SockFilter{Code: jumpGE, K: firstOptional, Jf: 1},
		refuse(syscall.ENOSYS),
		refuse(syscall.EPERM))
}

// run is numbers that follow one another.
type run struct{ first, last uint32 }

// runs puts the numbers of the lists in order: the kernel tries the filter with
// every call there is when it is installed.
func runs(lists ...[]uint32) []run {
	numbers := slices.Concat(lists...)
	slices.SortFunc(numbers, cmp.Compare[uint32])
	var found []run
	for _, n := range numbers {
		switch last := len(found) - 1; {
		case n == none:
		case last >= 0 && n <= found[last].last+1:
			found[last].last = n
		default:
			found = append(found, run{n, n})
		}
	}
	return found
}

// callRule is what is done for a call: steps end with an answer.
type callRule struct {
	number uint32
	steps  []syscall.SockFilter
}

var allow = syscall.SockFilter{Code: answer, K: filterAllow}

func refuse(errno syscall.Errno) syscall.SockFilter {
	return syscall.SockFilter{Code: answer, K: filterErrno | uint32(errno)}
}

// load loads the low half of an argument: both architectures are little-endian.
func load(argument uint32) syscall.SockFilter {
	return syscall.SockFilter{Code: loadWord, K: 16 + 8*argument}
}

// refuseFlags refuses a call with one of the flags in an argument, and goes on
// without.
func refuseFlags(argument, flags uint32, errno syscall.Errno) []syscall.SockFilter {
	return []syscall.SockFilter{load(argument), {Code: jumpSet, K: flags, Jf: 1}, refuse(errno)}
}

// allowFlags allows a call with one of the flags in an argument alone.
func allowFlags(argument, flags uint32, errno syscall.Errno) []syscall.SockFilter {
	return []syscall.SockFilter{load(argument), {Code: jumpSet, K: flags, Jt: 1}, refuse(errno), allow}
}

// allowValues allows a call with one of the values as an argument alone.
func allowValues(argument uint32, errno syscall.Errno, values ...uint32) []syscall.SockFilter {
	return append(match(argument, allow, values), refuse(errno))
}

// refuseValues refuses a call with one of the values as an argument.
func refuseValues(argument uint32, errno syscall.Errno, values ...uint32) []syscall.SockFilter {
	return append(match(argument, refuse(errno), values), allow)
}

func match(argument uint32, then syscall.SockFilter, values []uint32) []syscall.SockFilter {
	steps := []syscall.SockFilter{load(argument)}
	for _, v := range values {
		steps = append(steps, syscall.SockFilter{Code: jumpEqual, K: v, Jf: 1}, then)
	}
	return steps
}

func ownPid() uint32 { return uint32(os.Getpid()) }
