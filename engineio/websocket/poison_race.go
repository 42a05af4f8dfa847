//go:build race

package websocket

// poison overwrites a buffer that goes back to its pool: whoever still reads it
// then fails the tests, which the race detector alone would not see.
func poison(b []byte) {
	for i := range b {
		b[i] = 0xDB
	}
}
