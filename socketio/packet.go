package socketio

import (
	"bytes"
	"errors"
	"strconv"
)

// Type is a packet's type, as the protocol numbers them.
type Type byte

const (
	Connect Type = iota
	Disconnect
	Event
	AckPacket
	ConnectError
	BinaryEvent
	BinaryAck
)

// Packet is one Socket.IO packet.
//
//	<type>[<attachments>-][<namespace>,][<id>][<JSON>]
type Packet struct {
	Type        Type
	Attachments int    // binary messages that follow
	Namespace   string // "/" where the packet names none
	HasID       bool
	ID          float64 // an integer; a double, since that is what clients count with
	Data        []byte  // JSON; nil: none
}

var (
	errPacket      = errors.New("not a Socket.IO packet")
	errAttachments = errors.New("too many attachments")
)

// An id is below endOfIDs, from where on JavaScript would write it with an
// exponent; it has no more digits than that.
const (
	endOfIDs = 1e21
	maxID    = 21
)

// maxNamespace is how long a namespace's name may be, in bytes: each is kept
// while it is in use.
const maxNamespace = 1024

// Decode reads a packet from its text form. Data is a part of in; whether it is
// JSON, and whether it is UTF-8, has not been looked at.
func Decode(in []byte) (Packet, error) {
	if len(in) == 0 || in[0] < '0' || in[0] > '0'+byte(BinaryAck) {
		return Packet{}, errPacket
	}
	p := Packet{Type: Type(in[0] - '0'), Namespace: "/"}
	rest := in[1:]
	if p.Type == BinaryEvent || p.Type == BinaryAck {
		n := digits(rest)
		if n == 0 || n == len(rest) || rest[n] != '-' {
			return Packet{}, errPacket
		}
		count, err := strconv.Atoi(string(rest[:n]))
		if err != nil {
			return Packet{}, errAttachments
		}
		if count == 0 {
			return Packet{}, errPacket // no client takes one either
		}
		p.Attachments = count
		rest = rest[n+1:]
	}
	if len(rest) > 0 && rest[0] == '/' {
		name, after, _ := bytes.Cut(rest, []byte{','})
		if len(name) > maxNamespace {
			return Packet{}, errPacket
		}
		if len(name) > 1 {
			p.Namespace = string(name)
		}
		rest = after
	}
	if n := digits(rest); n > 0 {
		id, err := parseID(rest[:n])
		if err != nil {
			return Packet{}, err
		}
		p.HasID, p.ID = true, id
		rest = rest[n:]
	}
	if len(rest) > 0 {
		if rest[0] == '/' {
			return Packet{}, errPacket // no JSON; written again, it would be a namespace
		}
		p.Data = rest
	}
	return p, nil
}

func digits(b []byte) int {
	n := 0
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return n
}

func parseID(b []byte) (float64, error) {
	if len(b) <= 15 { // exact, without leaving integers
		n := 0
		for _, c := range b {
			n = n*10 + int(c-'0')
		}
		return float64(n), nil
	}
	if b = bytes.TrimLeft(b, "0"); len(b) > maxID {
		return 0, errPacket
	}
	id, err := strconv.ParseFloat("0"+string(b), 64)
	if err != nil || id >= endOfIDs {
		return 0, errPacket
	}
	return id, nil
}

// AppendPacket appends p's text form to dst. It allocates only to grow dst.
func AppendPacket(dst []byte, p *Packet) []byte {
	dst = append(dst, '0'+byte(p.Type))
	if p.Type == BinaryEvent || p.Type == BinaryAck {
		dst = append(strconv.AppendInt(dst, int64(p.Attachments), 10), '-')
	}
	if p.Namespace != "/" && p.Namespace != "" {
		dst = append(append(dst, p.Namespace...), ',')
	}
	if p.HasID {
		dst = appendID(dst, p.ID)
	}
	return append(dst, p.Data...)
}

func appendID(dst []byte, id float64) []byte {
	if id < 1<<53 {
		return strconv.AppendUint(dst, uint64(id), 10)
	}
	return strconv.AppendFloat(dst, id, 'f', -1, 64)
}
