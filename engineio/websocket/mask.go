package websocket

import (
	"encoding/binary"
	"math/bits"
)

// mask is the key of a frame, as the little-endian number of its four bytes.
type mask uint32

// apply XORs b with the key (RFC 6455, section 5.3) and returns the key turned
// so that it fits the bytes that follow b.
func (m mask) apply(b []byte) mask {
	key := uint64(m) | uint64(m)<<32
	for len(b) >= 32 {
		v := binary.LittleEndian.Uint64(b)
		binary.LittleEndian.PutUint64(b, v^key)
		v = binary.LittleEndian.Uint64(b[8:])
		binary.LittleEndian.PutUint64(b[8:], v^key)
		v = binary.LittleEndian.Uint64(b[16:])
		binary.LittleEndian.PutUint64(b[16:], v^key)
		v = binary.LittleEndian.Uint64(b[24:])
		binary.LittleEndian.PutUint64(b[24:], v^key)
		b = b[32:]
	}
	for len(b) >= 8 {
		v := binary.LittleEndian.Uint64(b)
		binary.LittleEndian.PutUint64(b, v^key)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= byte(m)
		m = mask(bits.RotateLeft32(uint32(m), -8))
	}
	return m
}
