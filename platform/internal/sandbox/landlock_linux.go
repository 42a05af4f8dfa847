package sandbox

import (
	"fmt"
	"syscall"
	"unsafe"
)

// Landlock's system calls have the same numbers on all architectures
// (landlock(7), linux/landlock.h).
const (
	sysLandlockCreateRuleset = 444
	sysLandlockAddRule       = 445
	sysLandlockRestrictSelf  = 446
)

// Rights on files, by their bit.
const (
	execute   = 1 << 0
	writeFile = 1 << 1
	readFile  = 1 << 2
	readDir   = 1 << 3
	truncate  = 1 << 14
	ioctlDev  = 1 << 15

	resolveUnix = 1 << 16
)

// onFiles are the rights that a rule for something other than a folder may have.
const onFiles = execute | writeFile | readFile | truncate | ioctlDev | resolveUnix

// fileRights are all rights on files that an ABI knows. What is not allowed of
// them is refused.
func fileRights(abi int) uint64 {
	switch {
	case abi >= 9:
		return 1<<17 - 1
	case abi >= 5:
		return 1<<16 - 1
	case abi >= 3:
		return 1<<15 - 1
	case abi >= 2:
		return 1<<14 - 1
	}
	return 1<<13 - 1
}

const (
	bindTCP    = 1 << 0
	connectTCP = 1 << 1

	scopeAbstractUnix = 1 << 0
	scopeSignal       = 1 << 1
)

// fileRule allows rights on a file or on all that is in a folder.
type fileRule struct {
	path   string
	rights uint64
}

// LandlockABI is the version of landlock that the kernel has, 0 for none.
func LandlockABI() int {
	const version = 1 // LANDLOCK_CREATE_RULESET_VERSION
	n, _, errno := syscall.Syscall(sysLandlockCreateRuleset, 0, 0, version)
	if errno != 0 {
		return 0
	}
	return int(n)
}

// signalsOfThreads is the erratum by which signals between the threads of one
// process are not refused (Linux 6.15, and stable kernels since).
const signalsOfThreads = 2

// landlockFixed reports whether the kernel has a fix, by its number.
func landlockFixed(erratum int) bool {
	const errata = 2 // LANDLOCK_CREATE_RULESET_ERRATA
	fixed, _, errno := syscall.Syscall(sysLandlockCreateRuleset, 0, 0, errata)
	return errno == 0 && fixed&(1<<(erratum-1)) != 0
}

// restrict lets the threads do only what the rules allow, as far as abi knows.
// ports nil allows connections to any.
func restrict(abi int, ports []int, rules []fileRule, on threads) error {
	ruleset := struct{ files, net, scoped uint64 }{files: fileRights(abi)}
	size := unsafe.Sizeof(ruleset.files)
	if abi >= 4 {
		ruleset.net = bindTCP
		if ports != nil {
			ruleset.net |= connectTCP
		}
		size += unsafe.Sizeof(ruleset.net)
	}
	if abi >= 6 {
		ruleset.scoped = scopeAbstractUnix | scopeSignal
		size += unsafe.Sizeof(ruleset.scoped)
	}
	n, _, errno := syscall.Syscall(sysLandlockCreateRuleset, uintptr(unsafe.Pointer(&ruleset)), size, 0)
	if errno != 0 {
		return fmt.Errorf("create the rules: %w", errno)
	}
	set := int(n)
	defer syscall.Close(set)
	for _, r := range rules {
		if err := allowFile(set, r); err != nil {
			return fmt.Errorf("allow %s: %w", r.path, err)
		}
	}
	if ruleset.net&connectTCP != 0 {
		for _, port := range append([]int{53}, ports...) {
			if err := allowPort(set, port); err != nil {
				return fmt.Errorf("allow port %d: %w", port, err)
			}
		}
	}
	if errno := on.call(sysLandlockRestrictSelf, uintptr(set), 0, 0); errno != 0 {
		return fmt.Errorf("apply the rules: %w", errno)
	}
	return nil
}

// allowFile adds a rule. A file that cannot be opened, mostly because it does not
// exist, needs none.
func allowFile(set int, r fileRule) error {
	const path = 0x200000 // O_PATH
	fd, err := syscall.Open(r.path, path|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(fd)
	var stat syscall.Stat_t
	if err := syscall.Fstat(fd, &stat); err != nil {
		return err
	}
	rights := r.rights
	if stat.Mode&syscall.S_IFMT != syscall.S_IFDIR {
		rights &= onFiles
	}
	// struct landlock_path_beneath_attr is packed: the descriptor's four bytes
	// follow the rights, and nothing comes after them.
	attr := struct {
		rights uint64
		fd     int32
	}{rights, int32(fd)}
	const pathBeneath = 1
	if _, _, errno := syscall.Syscall6(sysLandlockAddRule, uintptr(set), pathBeneath, uintptr(unsafe.Pointer(&attr)), 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

func allowPort(set, port int) error {
	attr := struct{ rights, port uint64 }{connectTCP, uint64(port)}
	const netPort = 2
	if _, _, errno := syscall.Syscall6(sysLandlockAddRule, uintptr(set), netPort, uintptr(unsafe.Pointer(&attr)), 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
