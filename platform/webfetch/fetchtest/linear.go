package fetchtest

import (
	"bytes"
	"hash/crc32"
	"testing"
	"time"
)

// Linear checks that the time of f grows no faster than its input: it may take
// 20 µs a byte of in, repeated to a quarter of a megabyte. That is a thousand
// times what a pass over it takes, also on a slow machine, and far less than what
// as many passes as there are bytes take. As it takes its time itself, only some
// inputs are checked, always the same ones.
func Linear(t *testing.T, in []byte, f func([]byte)) {
	t.Helper()
	const size, budget = 256 << 10, 20 * time.Microsecond
	if len(in) == 0 || crc32.ChecksumIEEE(in)%8 != 0 {
		return
	}
	long := bytes.Repeat(in, size/len(in)+1)
	start := time.Now()
	f(long)
	if took := time.Since(start); took > time.Duration(len(long))*budget {
		t.Errorf("%.200q, repeated to %d bytes, took %v", in, len(long), took)
	}
}
