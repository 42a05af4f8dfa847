// Package peer finds the programs that tests talk to: real servers and
// clients from Debian and npm.
//
// A test that needs one skips with a reason where it is missing, so that
// `go test ./...` passes on a machine that has only Go. With CI=true a missing
// program is a failure, never a skip: testdata/run installs them all.
package peer

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Program returns the path of an installed program.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		// Debian keeps daemons where an ordinary user's PATH does not look.
		for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/sbin"} {
			if p := filepath.Join(dir, name); executable(p) {
				return p
			}
		}
		Missing(t, name+" is not installed")
	}
	return path
}

// Node returns the path of node and the folder whose node_modules holds the
// npm packages of the tests.
func Node(t testing.TB) (node, dir string) {
	t.Helper()
	node = Program(t, "node")
	_, file, _, _ := runtime.Caller(0)
	dir = filepath.Join(filepath.Dir(filepath.Dir(file)), "node")
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		Missing(t, "the npm packages of the tests are not installed: run npm ci in testdata/node")
	}
	return node, dir
}

// Missing skips the test for want of something outside the tree, and fails it
// when CI=true.
func Missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
