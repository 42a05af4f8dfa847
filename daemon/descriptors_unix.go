//go:build unix

package daemon

import "syscall"

// openFiles is how many descriptors this process may have; 0: not known. Go has
// raised the soft limit to the hard one.
func openFiles() int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil || l.Cur > 1<<30 {
		return 0
	}
	return int(l.Cur)
}
