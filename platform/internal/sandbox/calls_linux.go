//go:build linux && (amd64 || arm64)

package sandbox

import "syscall"

// none stands for a system call that an architecture does not have.
const none = 1<<32 - 1

// ownCalls are the calls that a platform of ours needs, with any arguments: Go's
// runtime, sockets of its own, and reading the files that landlock leaves.
// What is missing here is refused: it starts no process, signals nobody else,
// listens nowhere, and changes nothing about files.
var ownCalls = []uint32{
	callRead, callWrite, callClose, callFstat, callNewfstatat, callStat, callLstat, callLseek,
	callMunmap, callBrk, callRtSigaction, callRtSigprocmask, callRtSigreturn, callSigaltstack,
	callPread64, callPwrite64, callReadv, callWritev, callOpen, callOpenat, callPoll, callPpoll, callPselect6,
	callSelect, callMremap, callMadvise, callMincore, callSchedYield, callSchedGetaffinity, callNanosleep,
	callClockNanosleep, callClockGettime, callClockGetres, callGettimeofday, callTime, callGetpid, callGettid,
	callGetppid, callGetuid, callGeteuid, callGetgid, callGetegid, callGetgroups, callUname, callGetdents64,
	callGetcwd, callReadlink, callReadlinkat, callFaccessat, callFaccessat2, callAccess, callStatx,
	callGetrandom, callFutex, callSetRobustList, callRseq, callSetTidAddress, callArchPrctl, callRestartSyscall,
	callExit, callExitGroup, callEpollCreate1, callEpollCtl, callEpollWait, callEpollPwait, callEpollPwait2,
	callEventfd2, callPipe2, callSendfile, callSplice, callCopyFileRange, callDup, callDup3, callConnect,
	callGetsockname, callGetpeername, callSetsockopt, callGetsockopt, callRecvfrom, callRecvmsg, callRecvmmsg,
	callShutdown, callGetrlimit, callGetrusage, callSysinfo, callTimes,
	callMembarrier, callFutexWaitv,
}

// moreCalls are what an external executable may call beside those: it may be a
// script that starts programs, in any language.
var moreCalls = []uint32{
	callMmap, callMprotect, callBind,
	callTimerCreate, callTimerSettime, callTimerDelete, callSetitimer, callDup2, callPipe, callEventfd,
	callEpollCreate, callAlarm, callGetitimer, callPause, callTimerGettime, callTimerGetoverrun,
	callTimerfdCreate, callTimerfdSettime, callTimerfdGettime, callSignalfd4, callSignalfd, callRtSigpending,
	callRtSigtimedwait, callRtSigsuspend, callExecve, callFork, callVfork, callWait4, callWaitid, callKill,
	callTkill, callTgkill, callGetpgrp, callGetpgid, callGetsid, callGetresuid, callGetresgid, callCapget,
	callUmask, callChdir, callFchdir, callFsync, callFdatasync, callFlock, callFadvise64, callMsync, callMlock,
	callMunlock, callStatfs, callFstatfs, callPreadv, callPreadv2, callPwritev, callPwritev2, callTee,
	callGetpriority, callSchedGetscheduler, callSchedGetparam, callSchedGetattr, callSchedGetPriorityMax,
	callSchedGetPriorityMin, callSchedRrGetInterval, callGetMempolicy, callGetcpu, callGetdents, callOpenat2,
	callCloseRange, callPkeyAlloc, callPkeyFree, callPkeyMprotect, callSeccomp, callLandlockCreateRuleset,
	callLandlockAddRule, callLandlockRestrictSelf,
}

// ownRules are the calls of a platform of ours that depend on their arguments.
func ownRules() []callRule {
	return append(commonRules(),
		// Threads, and no processes.
		callRule{callClone, append(
			refuseFlags(0, namespaces, syscall.EPERM),
			allowFlags(0, syscall.CLONE_THREAD, syscall.EPERM)...)},
		callRule{callSocket, socketRule()},
		// The kernel's own addresses are the only ones that are so short: no port is
		// bound, TCP or UDP.
		callRule{callBind, allowValues(2, syscall.EACCES, netlinkAddress)},
		// Go's runtime interrupts its threads, and a program may end itself.
		callRule{callTgkill, allowValues(0, syscall.EPERM, ownPid())},
		callRule{callKill, allowValues(0, syscall.EPERM, ownPid())},
		callRule{callPrctl, allowValues(0, syscall.EPERM, prSetVMA, prSetName)},
		callRule{callFcntl, allowValues(1, syscall.EPERM,
			syscall.F_DUPFD, syscall.F_GETFD, syscall.F_SETFD, syscall.F_GETFL, syscall.F_SETFL, syscall.F_DUPFD_CLOEXEC)},
		callRule{callMmap, append(refuseFlags(2, syscall.PROT_EXEC, syscall.EPERM), allow)},
		callRule{callMprotect, append(refuseFlags(2, syscall.PROT_EXEC, syscall.EPERM), allow)},
	)
}

// externalRules are those of an external executable.
func externalRules() []callRule {
	rules := append(commonRules(),
		callRule{callClone, append(refuseFlags(0, namespaces, syscall.EPERM), allow)},
		callRule{callSocket, socketRule()},
		// Datagrams could be sent through one end to any socket with a path.
		callRule{callSocketpair, []syscall.SockFilter{
			load(1), {Code: andWord, K: socketTypes}, {Code: jumpEqual, K: syscall.SOCK_STREAM, Jt: 1},
			refuse(syscall.EACCES), allow,
		}},
		// It dies with the server, whatever it wishes.
		callRule{callPrctl, allowValues(0, syscall.EPERM, prSetVMA, prSetName, 2, 3, 4, 16, 21, 22, 23, 29, 30, 38, 39, 41, 42)},
		// The owner of a file may be sent signals: F_SETOWN, F_SETSIG, F_SETOWN_EX,
		// F_SETLEASE, F_NOTIFY; FIOSETOWN, SIOCSPGRP; TIOCSTI writes for others.
		callRule{callFcntl, refuseValues(1, syscall.EPERM, 8, 10, 15, 1024, 1026)},
		callRule{callIoctl, refuseValues(1, syscall.EPERM, 0x8901, 0x8902, 0x5412)},
	)
	// "ls" and "cp" take this answer as that of a file system without them.
	for _, number := range []uint32{
		callGetxattr, callLgetxattr, callFgetxattr, callListxattr, callLlistxattr, callFlistxattr,
	} {
		rules = append(rules, callRule{number, []syscall.SockFilter{refuse(syscall.EOPNOTSUPP)}})
	}
	return rules
}

// commonRules are those of both.
func commonRules() []callRule {
	rules := []callRule{
		// clone3 has its flags in memory, where a filter cannot look; libraries take
		// clone when it does not exist.
		{callClone3, []syscall.SockFilter{refuse(syscall.ENOSYS)}},
		// Its own limits, which it can only lower: those of the server are out of reach.
		{callPrlimit64, allowValues(0, syscall.EPERM, 0)},
	}
	// A first packet with data opens a connection past landlock.
	const fastOpen = 0x20000000 // MSG_FASTOPEN
	for _, call := range []struct{ number, flags uint32 }{{callSendto, 3}, {callSendmsg, 2}, {callSendmmsg, 3}} {
		rules = append(rules, callRule{call.number, append(refuseFlags(call.flags, fastOpen, syscall.EOPNOTSUPP), allow)})
	}
	return rules
}

const (
	prSetName = 15         // PR_SET_NAME
	prSetVMA  = 0x53564d41 // PR_SET_VMA: names for memory

	namespaces  = 0x7e020000 // flags of clone: CLONE_NEWUSER, PID, NET, IPC, UTS, CGROUP, NS
	socketTypes = 0xf        // the rest are flags

	netlinkAddress = 12 // bytes of a struct sockaddr_nl; that of IPv4 has 16
)

// socketRule allows sockets of IP for TCP and UDP only, and what is asked for the
// machine's own addresses (NETLINK_ROUTE), as by the guard of webfetch. Landlock
// knows TCP alone, not its kin: MPTCP would reach every port.
func socketRule() []syscall.SockFilter {
	return []syscall.SockFilter{
		load(0),
		{Code: jumpEqual, K: syscall.AF_NETLINK, Jf: 4},
		load(2),
		{Code: jumpEqual, K: syscall.NETLINK_ROUTE, Jf: 1},
		allow,
		refuse(syscall.EACCES),
		{Code: jumpEqual, K: syscall.AF_INET, Jt: 2},
		{Code: jumpEqual, K: syscall.AF_INET6, Jt: 1},
		refuse(syscall.EACCES),
		load(1),
		{Code: andWord, K: socketTypes},
		{Code: jumpEqual, K: syscall.SOCK_STREAM, Jt: 2},
		{Code: jumpEqual, K: syscall.SOCK_DGRAM, Jt: 1},
		refuse(syscall.EACCES),
		load(2),
		{Code: jumpEqual, K: 0, Jt: 3},
		{Code: jumpEqual, K: syscall.IPPROTO_TCP, Jt: 2},
		{Code: jumpEqual, K: syscall.IPPROTO_UDP, Jt: 1},
		refuse(syscall.EPROTONOSUPPORT), // after which Go takes TCP
		allow,
	}
}
