package charset

import (
	"bytes"
	"compress/flate"
	_ "embed"
	"encoding/binary"
	"io"
	"sync"
)

// tables has the indexes in the order of the functions below; see the package
// documentation for its layout.
//
//go:embed tables.bin
var tables []byte

// Indexes: the character of each pointer, 0 where there is none.
var (
	indexJIS0208       = index(0)
	indexJIS0212       = index(1)
	indexEUCKR         = index(2)
	indexBig5          = index(3)
	indexGB18030       = index(4)
	indexGB18030Ranges = index(5) // of characters of four bytes in the first plane
)

// none is no pointer.
const none = -1

// at is an index's character at a pointer, 0 for none.
func at(index []rune, pointer int) rune {
	if pointer < 0 || pointer >= len(index) {
		return 0
	}
	return index[pointer]
}

// index returns what inflates the nth index once.
func index(n int) func() []rune {
	return sync.OnceValue(func() []rune {
		rest := tables
		for range n {
			_, rest = cutIndex(rest)
		}
		deflated, _ := cutIndex(rest)
		return inflate(deflated)
	})
}

func cutIndex(b []byte) (index, rest []byte) {
	length, n := binary.Uvarint(b)
	return b[n : n+int(length)], b[n+int(length):]
}

func inflate(deflated []byte) []rune {
	b, err := io.ReadAll(flate.NewReader(bytes.NewReader(deflated)))
	if err != nil {
		panic("charset: tables.bin: " + err.Error())
	}
	next := func() int {
		v, n := binary.Uvarint(b)
		b = b[n:]
		return int(v)
	}
	index, expected := make([]rune, next()), 0
	for i := range index {
		if v := next(); v > 0 {
			c := expected + unzigzag(v-1)
			index[i], expected = rune(c), c+1
		}
	}
	return index
}

// unzigzag is the number that was written as 0, 1, 2, 3 for 0, -1, 1, -2.
func unzigzag(v int) int { return v>>1 ^ -(v & 1) }
