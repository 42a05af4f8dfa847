package gateway

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// patience is how long a test waits for anything before it fails.
const patience = time.Minute

// client is a Socket.IO client on a bare WebSocket, so that a test sees every
// packet.
type client struct {
	t       testing.TB
	conn    net.Conn
	r       *bufio.Reader
	nextID  int
	pid     string // private id, when the server gave one
	sid     string
	pending []string // packets read while another was waited for
}

// dial connects to the default namespace. auth is what follows "40".
func dial(t *testing.T, address, auth string, headers ...string) *client {
	t.Helper()
	c := openWebSocket(t, address, headers...)
	c.write("40" + auth)
	connect := c.await("40")
	var reply struct{ SID, PID string }
	if err := json.Unmarshal([]byte(connect[2:]), &reply); err != nil {
		t.Fatalf("connect reply %q: %v", connect, err)
	}
	c.sid, c.pid = reply.SID, reply.PID
	return c
}

// openWebSocket opens a session that has joined nothing yet.
func openWebSocket(t testing.TB, address string, headers ...string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &client{t: t, conn: conn, r: bufio.NewReader(conn)}
	request := "GET /sockethub/?EIO=4&transport=websocket HTTP/1.1\r\nHost: " + address +
		"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	for _, h := range headers {
		request += h + "\r\n"
	}
	if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("handshake: status %s", res.Status)
	}
	if open := c.read(); !strings.HasPrefix(open, "0{") {
		t.Fatalf("first packet %q, want the open packet", open)
	}
	return c
}

// write sends a packet in a masked text frame (RFC 6455, section 5.2).
func (c *client) write(packet string) {
	c.t.Helper()
	if !c.tryWrite(packet) {
		c.t.Fatalf("write %.40q: the connection has ended", packet)
	}
}

// tryWrite is write for a connection that the server may have ended.
func (c *client) tryWrite(packet string) bool {
	_, err := c.conn.Write(maskedFrame(packet))
	return err == nil
}

// maskedFrame is a client's text frame.
func maskedFrame(packet string) []byte {
	header := []byte{0x81}
	switch n := len(packet); {
	case n < 126:
		header = append(header, 0x80|byte(n))
	case n < 1<<16:
		header = binary.BigEndian.AppendUint16(append(header, 0x80|126), uint16(n))
	default:
		header = binary.BigEndian.AppendUint64(append(header, 0x80|127), uint64(n))
	}
	var mask [4]byte
	rand.Read(mask[:])
	frame := append(header, mask[:]...)
	for i := range len(packet) {
		frame = append(frame, packet[i]^mask[i%4])
	}
	return frame
}

// read returns the next packet; pings are answered on the way. "" means that
// the connection is over.
func (c *client) read() string {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(patience))
	for {
		head, err := c.r.Peek(2)
		if err != nil {
			if ne, ok := err.(net.Error); ok && ne.Timeout() {
				c.t.Fatal("no packet came")
			}
			return ""
		}
		opcode, n, skip := head[0]&0xF, int(head[1]&0x7F), 2
		if n == 126 {
			head, _ = c.r.Peek(4)
			n, skip = int(binary.BigEndian.Uint16(head[2:])), 4
		} else if n == 127 {
			head, _ = c.r.Peek(10)
			n, skip = int(binary.BigEndian.Uint64(head[2:])), 10
		}
		c.r.Discard(skip)
		payload := make([]byte, n)
		if _, err := io.ReadFull(c.r, payload); err != nil || opcode == 8 {
			return ""
		}
		if string(payload) == "2" {
			c.write("3")
			continue
		}
		return string(payload)
	}
}

// await returns the next packet that begins with prefix and keeps others for
// later.
func (c *client) await(prefix string) string {
	c.t.Helper()
	for i, p := range c.pending {
		if strings.HasPrefix(p, prefix) {
			c.pending = append(c.pending[:i:i], c.pending[i+1:]...)
			return p
		}
	}
	for {
		p := c.read()
		if p == "" {
			c.t.Fatalf("the connection ended while %q was waited for", prefix)
		}
		if strings.HasPrefix(p, prefix) {
			return p
		}
		c.pending = append(c.pending, p)
	}
}

// start sends an event that wants an acknowledgement and returns its id.
func (c *client) start(event string, args ...any) int {
	c.t.Helper()
	id := c.nextID
	c.nextID++
	c.write("42" + strconv.Itoa(id) + eventJSON(c.t, event, args))
	return id
}

// emit sends an event and returns the only argument of its acknowledgement.
func (c *client) emit(event string, args ...any) map[string]any {
	c.t.Helper()
	return c.ack(c.start(event, args...))
}

// send emits an event that wants no acknowledgement.
func (c *client) send(event string, args ...any) { c.write("42" + eventJSON(c.t, event, args)) }

func (c *client) ack(id int) map[string]any {
	c.t.Helper()
	head := "43" + strconv.Itoa(id) + "["
	p := c.await(head)
	var args []map[string]any
	if err := json.Unmarshal([]byte(p[len(head)-1:]), &args); err != nil || len(args) != 1 {
		c.t.Fatalf("acknowledgement %s: %v", p, err)
	}
	return args[0]
}

// event waits for an event and returns its first argument.
func (c *client) event(name string) map[string]any {
	c.t.Helper()
	p := c.await(`42["` + name + `",`)
	var args []json.RawMessage
	if err := json.Unmarshal([]byte(p[2:]), &args); err != nil {
		c.t.Fatalf("event %s: %v", p, err)
	}
	var body map[string]any
	if err := json.Unmarshal(args[1], &body); err != nil {
		c.t.Fatalf("event %s: %v", p, err)
	}
	return body
}

// quiet checks that no event has come: whatever the server sent before it
// answers is read first.
func (c *client) quiet(event string) {
	c.t.Helper()
	c.emit("schemas", "none")
	for _, p := range c.pending {
		if strings.HasPrefix(p, `42["`+event+`"`) {
			c.t.Errorf("unexpected %s", p)
		}
	}
}

func eventJSON(t testing.TB, event string, args []any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(append([]any{event}, args...)); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

func contexts(platform string) []any {
	return []any{"https://www.w3.org/ns/activitystreams", "https://sockethub.org/ns/context/v1.jsonld",
		fmt.Sprintf("https://sockethub.org/ns/context/platform/%s/v1.jsonld", platform)}
}

// activity is a message or credentials; members come in pairs and override.
func activityOf(platform, kind, actor string, members ...any) map[string]any {
	a := map[string]any{
		"@context": contexts(platform),
		"type":     kind,
		"actor":    map[string]any{"id": actor, "type": "person"},
	}
	for i := 0; i < len(members); i += 2 {
		a[members[i].(string)] = members[i+1]
	}
	return a
}
