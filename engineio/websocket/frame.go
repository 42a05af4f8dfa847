package websocket

import (
	"encoding/binary"
	"math"
)

// Opcode is the kind of a frame (RFC 6455, section 11.8).
type Opcode byte

const (
	continuation Opcode = 0x0
	Text         Opcode = 0x1
	Binary       Opcode = 0x2
	closing      Opcode = 0x8
	ping         Opcode = 0x9
	pong         Opcode = 0xA
)

func (o Opcode) control() bool { return o&0x8 != 0 }

// maxControl is the most payload that a control frame carries (section 5.5).
const maxControl = 125

// header is the start of a frame (section 5.2):
//
//	 0                   1                   2                   3
//	+-+-+-+-+-------+-+-------------+-------------------------------+
//	|F|R|R|R| opcode|M| Payload len |    Extended payload length    |
//	|I|S|S|S|  (4)  |A|     (7)     |         (16 or 64 bits)       |
//	|N|V|V|V|       |S|             |  then the masking key, 32 bits |
//	+-+-+-+-+-------+-+-------------+-------------------------------+
type header struct {
	fin        bool
	compressed bool // RSV1, with permessage-deflate (RFC 7692, section 6)
	opcode     Opcode
	length     int64
	key        mask
}

// parseHeader reads the header of a client's frame from the start of b. It
// returns its size, or 0 when b does not hold all of it yet.
func parseHeader(b []byte, deflate bool) (header, int, error) {
	if len(b) < 2 {
		return header{}, 0, nil
	}
	h := header{
		fin:        b[0]&0x80 != 0,
		compressed: b[0]&0x40 != 0,
		opcode:     Opcode(b[0] & 0x0F),
		length:     int64(b[1] & 0x7F),
	}
	switch {
	case b[0]&0x30 != 0 || h.compressed && (!deflate || h.opcode.control() || h.opcode == continuation):
		return h, 0, &CloseError{ProtocolError, "a reserved bit is set"}
	case h.opcode > Binary && h.opcode < closing || h.opcode > pong:
		return h, 0, &CloseError{ProtocolError, "unknown opcode"}
	case b[1]&0x80 == 0:
		return h, 0, &CloseError{ProtocolError, "a client's frame is not masked"}
	case h.opcode.control() && !h.fin:
		return h, 0, &CloseError{ProtocolError, "a control frame is fragmented"}
	case h.opcode.control() && h.length > maxControl:
		return h, 0, &CloseError{ProtocolError, "a control frame is longer than 125 bytes"}
	}
	n := 2
	switch h.length {
	case 126:
		if len(b) < n+2 {
			return h, 0, nil
		}
		h.length = int64(binary.BigEndian.Uint16(b[n:]))
		n += 2
	case 127:
		if len(b) < n+8 {
			return h, 0, nil
		}
		length := binary.BigEndian.Uint64(b[n:])
		if length > math.MaxInt64 {
			return h, 0, &CloseError{ProtocolError, "the top bit of a length is set"}
		}
		h.length = int64(length)
		n += 8
	}
	if len(b) < n+4 {
		return h, 0, nil
	}
	h.key = mask(binary.LittleEndian.Uint32(b[n:]))
	return h, n + 4, nil
}

// appendHeader appends the header of a server's frame: final and unmasked.
func appendHeader(dst []byte, opcode Opcode, compressed bool, length int) []byte {
	first := 0x80 | byte(opcode)
	if compressed {
		first |= 0x40
	}
	switch {
	case length <= 125:
		return append(dst, first, byte(length))
	case length <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, first, 126), uint16(length))
	default:
		return binary.BigEndian.AppendUint64(append(dst, first, 127), uint64(length))
	}
}
