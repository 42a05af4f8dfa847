//go:build race

package supervisor

import "os"

const raceEnabled = true

// A process that was built to find races sleeps for a second when it ends,
// unless it is told not to.
func init() {
	os.Setenv("GORACE", "atexit_sleep_ms=0")
}
