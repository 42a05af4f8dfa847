//go:build !race

package websocket

import "testing"

// The race detector makes pools forget some of what they are given.
func TestReadingAllocatesNothing(t *testing.T) {
	for _, size := range []int{16, 1024, 20_000} {
		c := newConn(&endless{frame: masked(fin|byte(Text), []byte(repeat(size)))}, &Options{}, false)
		allocs := testing.AllocsPerRun(1000, func() {
			if _, _, err := c.Next(); err != nil {
				t.Fatal(err)
			}
		})
		if allocs >= 1 {
			t.Errorf("a message of %d bytes takes %.0f allocations", size, allocs)
		}
	}
}
