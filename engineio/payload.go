package engineio

import (
	"bytes"
	"encoding/base64"
	"errors"
)

// A packet's type is its first character (protocol page, "Packet types").
type packetKind byte

const (
	openPacket    packetKind = '0'
	closePacket   packetKind = '1'
	pingPacket    packetKind = '2'
	pongPacket    packetKind = '3'
	messagePacket packetKind = '4'
	upgradePacket packetKind = '5'
	noopPacket    packetKind = '6'
	binaryPacket  packetKind = 'b' // a binary message, in a payload
)

// packet is one of the protocol's packets. A binary message has no type on a
// WebSocket, and the data in base64 in a payload.
type packet struct {
	kind packetKind
	data []byte
}

// separator stands between the packets of a payload.
const separator = 0x1E

// maxPackets bounds the packets of one POST: empty ones cost their sender next
// to nothing.
const maxPackets = 10000

var (
	errPacket  = errors.New("not an Engine.IO packet")
	errTooMany = errors.New("too many packets in a payload")
)

// parseText reads a packet from its text form. The data is a part of b.
func parseText(b []byte) (packet, error) {
	if len(b) == 0 || b[0] < byte(openPacket) || b[0] > byte(noopPacket) {
		return packet{}, errPacket
	}
	return packet{packetKind(b[0]), b[1:]}, nil
}

// parsePayload calls each for each packet of a POST's body, until it returns
// false. The data is valid during the call only.
func parsePayload(body []byte, each func(packet) bool) error {
	for n := 1; ; n++ {
		part, rest, more := bytes.Cut(body, []byte{separator})
		p, err := parsePart(part)
		if err != nil {
			return err
		}
		if n > maxPackets {
			return errTooMany
		}
		if !each(p) || !more {
			return nil
		}
		body = rest
	}
}

func parsePart(part []byte) (packet, error) {
	if len(part) == 0 || part[0] != byte(binaryPacket) {
		return parseText(part)
	}
	data := make([]byte, base64.StdEncoding.DecodedLen(len(part)-1))
	n, err := base64.StdEncoding.Decode(data, part[1:])
	if err != nil {
		return packet{}, errPacket
	}
	return packet{binaryPacket, data[:n]}, nil
}

// appendPayload appends a packet to a payload.
func appendPayload(dst []byte, p packet) []byte {
	if len(dst) > 0 {
		dst = append(dst, separator)
	}
	dst = append(dst, byte(p.kind))
	if p.kind == binaryPacket {
		return base64.StdEncoding.AppendEncode(dst, p.data)
	}
	return append(dst, p.data...)
}
