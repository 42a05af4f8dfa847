package supervisor

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// openFiles lists what the descriptors of this process are.
func openFiles() ([]string, error) {
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, name := range names {
		if target, err := os.Readlink(filepath.Join("/proc/self/fd", name)); err == nil {
			list = append(list, name+"="+target)
		}
	}
	return list, nil
}

// countFiles is how many descriptors this process has; 0 where that is not
// known.
func countFiles() int {
	list, _ := openFiles()
	return len(list)
}

// startSleeper leaves a child behind that has all three pipes.
func startSleeper() (pid int, err error) {
	c := exec.Command("/bin/sleep", "300")
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := c.Start(); err != nil {
		return 0, err
	}
	return c.Process.Pid, nil
}

// proportionalSize adds up the memory of processes in KiB, each page divided by
// the number of those that share it; 0 where that is not known.
func proportionalSize(t *testing.T, pids map[int]bool) (total int) {
	for pid := range pids {
		text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "smaps_rollup"))
		if err != nil {
			return 0
		}
		for line := range strings.Lines(string(text)) {
			var n int
			if _, err := fmt.Sscanf(line, "Pss: %d kB", &n); err == nil {
				total += n
			}
		}
	}
	return total
}

func unixOnly(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" || runtime.GOOS == "plan9" {
		t.Skip("there are no signals here")
	}
}

// runs reports whether there is a process with that number which is not dead.
func runs(pid int) bool {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	_, after, _ := strings.Cut(string(text), ") ")
	return err == nil && !strings.HasPrefix(after, "Z")
}
