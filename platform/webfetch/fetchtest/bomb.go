package fetchtest

import (
	"bytes"
	"compress/gzip"
	"testing"
)

// Bomb is block so many times over in gzip, which is a series of members (RFC
// 1952, section 2.2): compressing it costs no more than one block.
func Bomb(t testing.TB, block []byte, times int) []byte {
	t.Helper()
	var member bytes.Buffer
	z := gzip.NewWriter(&member)
	if _, err := z.Write(block); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.Repeat(member.Bytes(), times)
}
