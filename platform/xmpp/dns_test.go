package xmpp

import (
	"context"
	"encoding/binary"
	"net"
	"strings"
	"testing"
)

// zone is what a test's name server knows: addresses, and SRV records as
// "priority weight port target". A name with the record "SERVFAIL" fails.
type zone struct {
	a   map[string]string
	srv map[string][]srvRecord
}

type srvRecord struct {
	priority, weight, port uint16
	target                 string
}

// resolver asks a name server on loopback.
func (z *zone) resolver(t testing.TB) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			conn.WriteTo(z.answer(buf[:n]), from)
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// answer is the reply to a question (RFC 1035, section 4).
func (z *zone) answer(question []byte) []byte {
	var labels []string
	at := 12
	for question[at] != 0 {
		n := int(question[at])
		labels = append(labels, string(question[at+1:at+1+n]))
		at += 1 + n
	}
	name := strings.ToLower(strings.Join(labels, "."))
	kind := binary.BigEndian.Uint16(question[at+1:])
	end := at + 5
	reply := append([]byte(nil), question[:end]...)
	binary.BigEndian.PutUint16(reply[2:], 0x8180)
	binary.BigEndian.PutUint16(reply[10:], 0) // no additional records
	count := uint16(0)
	add := func(kind uint16, data []byte) {
		reply = append(reply, 0xc0, 12)
		reply = binary.BigEndian.AppendUint16(reply, kind)
		reply = binary.BigEndian.AppendUint16(reply, 1)
		reply = binary.BigEndian.AppendUint32(reply, 60)
		reply = binary.BigEndian.AppendUint16(reply, uint16(len(data)))
		reply = append(reply, data...)
		count++
	}
	address, known := z.a[name]
	switch {
	case kind == 1 && known:
		add(1, net.ParseIP(address).To4())
	case kind == 33:
		for _, r := range z.srv[name] {
			if r.target == "SERVFAIL" {
				binary.BigEndian.PutUint16(reply[2:], 0x8182)
				return reply
			}
			data := binary.BigEndian.AppendUint16(nil, r.priority)
			data = binary.BigEndian.AppendUint16(data, r.weight)
			data = binary.BigEndian.AppendUint16(data, r.port)
			for label := range strings.SplitSeq(r.target, ".") {
				if label != "" {
					data = append(append(data, byte(len(label))), label...)
				}
			}
			add(33, append(data, 0))
		}
	}
	if count == 0 && !known {
		binary.BigEndian.PutUint16(reply[2:], 0x8183) // no such name
	}
	binary.BigEndian.PutUint16(reply[6:], count)
	return reply
}
