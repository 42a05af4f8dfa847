//go:build !linux

package daemon

import "time"

// monotonic is of use to systemd alone, which runs on Linux.
func monotonic() time.Duration { return 0 }
