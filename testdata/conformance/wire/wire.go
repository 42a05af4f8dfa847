// Package wire is a client for tests that says exactly what a test tells it to:
// Engine.IO packets over a WebSocket or over polling. It answers pings, and
// understands nothing else.
//
//	c := wire.WebSocket(t, server.URL+"/socket.io/")
//	c.Send("40")
//	c.Expect(`42["hello"]`)
//
// A binary message reads "b" and its base64, over both transports.
package wire

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// Patience is how long a client waits for anything before the test fails.
const Patience = 30 * time.Second

// Handshake is the data of the open packet.
type Handshake struct {
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"`
	PingInterval int      `json:"pingInterval"`
	PingTimeout  int      `json:"pingTimeout"`
	MaxPayload   int      `json:"maxPayload"`
}

// Client is one session.
type Client struct {
	Handshake

	t       testing.TB
	base    string
	conn    net.Conn        // nil: polling
	mute    bool            // pings are shown to the test, not answered
	packets chan string     // closed when the session is over
	ctx     context.Context // of the polls; ends with the client
	cancel  context.CancelFunc
	done    sync.WaitGroup
	writing sync.Mutex
}

// WebSocket opens a session over a WebSocket.
func WebSocket(t testing.TB, base string, query ...string) *Client {
	t.Helper()
	c := &Client{t: t, base: base}
	c.conn = Dial(t, base+"?EIO=4&transport=websocket"+strings.Join(query, ""))
	return c.start()
}

// Polling opens a session over polling.
func Polling(t testing.TB, base string, query ...string) *Client {
	t.Helper()
	return (&Client{t: t, base: base + "?EIO=4&transport=polling" + strings.Join(query, "")}).start()
}

// Mute opens a session over the transport that does not answer pings: they
// appear among the packets.
func Mute(t testing.TB, base, transport string) *Client {
	t.Helper()
	c := &Client{t: t, base: base + "?EIO=4&transport=polling", mute: true}
	if transport == "websocket" {
		c.base = base
		c.conn = Dial(t, base+"?EIO=4&transport=websocket")
	}
	return c.start()
}

func (c *Client) start() *Client {
	c.t.Helper()
	c.packets = make(chan string, 1<<16)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.done.Add(1)
	if c.conn != nil {
		go c.read(bufio.NewReader(c.conn))
	} else {
		if err := c.open(); err != nil {
			c.t.Fatalf("open a polling session: %v", err)
		}
		go c.poll()
	}
	c.t.Cleanup(c.Close)
	if c.conn != nil {
		packet := c.Next()
		if err := json.Unmarshal([]byte(strings.TrimPrefix(packet, "0")), &c.Handshake); err != nil {
			c.t.Fatalf("open packet %q: %v", packet, err)
		}
	}
	return c
}

// Close ends the client as a crash would: nothing is said.
func (c *Client) Close() {
	c.cancel()
	if c.conn != nil {
		c.conn.Close()
	}
	c.done.Wait()
}

// Send sends packets; on polling in one payload.
func (c *Client) Send(packets ...string) {
	c.t.Helper()
	if err := c.send(packets...); err != nil {
		c.t.Fatalf("send %q: %v", packets, err)
	}
}

// Try is Send to a server that may have ended the session before the last
// packet, or refuse one.
func (c *Client) Try(packets ...string) { c.send(packets...) }

func (c *Client) send(packets ...string) error {
	if c.conn == nil {
		status, body, err := do("POST", c.base+"&sid="+c.SID, strings.Join(packets, "\x1e"))
		if err == nil && status != 200 {
			err = fmt.Errorf("answered %d %s", status, body)
		}
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	for _, p := range packets {
		opcode, data := byte(1), []byte(p)
		if encoded, ok := strings.CutPrefix(p, "b"); ok {
			opcode = 2
			data, _ = base64.StdEncoding.DecodeString(encoded)
		}
		if err := WriteFrame(c.conn, opcode, data); err != nil {
			return err
		}
	}
	return nil
}

// Next returns the next packet. A session that is over fails the test.
func (c *Client) Next() string {
	c.t.Helper()
	select {
	case p, ok := <-c.packets:
		if !ok {
			c.t.Fatal("the session is over where a packet was expected")
		}
		return p
	case <-time.After(Patience):
		c.t.Fatal("no packet came")
		return ""
	}
}

// Expect fails the test unless the next packets are those.
func (c *Client) Expect(packets ...string) {
	c.t.Helper()
	for _, want := range packets {
		if got := c.Next(); got != want {
			c.t.Fatalf("got  %s\nwant %s", got, want)
		}
	}
}

// Match returns the groups of a pattern that the next packet must match.
func (c *Client) Match(pattern string) []string {
	c.t.Helper()
	got := c.Next()
	groups := regexp.MustCompile("^(?:" + pattern + ")$").FindStringSubmatch(got)
	if groups == nil {
		c.t.Fatalf("got  %s\nwant %s", got, pattern)
	}
	return groups[1:]
}

// Over fails the test unless the session ends, before any other message. It
// returns what came before the end but was none.
func (c *Client) Over() (rest []string) {
	c.t.Helper()
	deadline := time.After(Patience)
	for {
		select {
		case p, ok := <-c.packets:
			if !ok {
				return rest
			}
			if strings.HasPrefix(p, "4") || strings.HasPrefix(p, "b") {
				c.t.Fatalf("got %s where the session should be over", p)
			}
			rest = append(rest, p)
		case <-deadline:
			c.t.Fatal("the session is not over")
		}
	}
}

// take hands a packet to the test, and reports whether the session goes on.
func (c *Client) take(packet string) bool {
	if packet == "2" && !c.mute {
		return c.send("3") == nil
	}
	c.packets <- packet
	return packet != "1"
}

func (c *Client) read(from *bufio.Reader) {
	defer c.done.Done()
	defer close(c.packets)
	for {
		opcode, data, err := ReadFrame(from)
		if err != nil {
			return
		}
		switch opcode {
		case 1:
			if !c.take(string(data)) {
				return
			}
		case 2:
			c.take("b" + base64.StdEncoding.EncodeToString(data))
		case 8:
			c.writing.Lock()
			WriteFrame(c.conn, 8, data)
			c.writing.Unlock()
			return
		}
	}
}

func (c *Client) open() error {
	status, body, err := do("GET", c.base, "")
	if err != nil {
		return err
	}
	if status != 200 || !strings.HasPrefix(body, "0") {
		return fmt.Errorf("answered %d %s", status, body)
	}
	return json.Unmarshal([]byte(body[1:]), &c.Handshake)
}

func (c *Client) poll() {
	defer c.done.Done()
	defer close(c.packets)
	for {
		request, err := http.NewRequestWithContext(c.ctx, "GET", c.base+"&sid="+c.SID, nil)
		if err != nil {
			return
		}
		status, body, err := roundTrip(request)
		if err != nil || status != 200 {
			return
		}
		for _, p := range strings.Split(body, "\x1e") {
			if p != "6" && !c.take(p) {
				return
			}
		}
	}
}

// roundTrip makes a request whose answer is read to its end.
func roundTrip(request *http.Request) (int, string, error) {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

func do(method, address, body string) (int, string, error) {
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if method == "POST" {
		request.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	}
	return roundTrip(request)
}

// Do makes a request and returns its answer.
func Do(t testing.TB, method, address, body string) (status int, answer string) {
	t.Helper()
	status, answer, err := do(method, address, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, address, err)
	}
	return status, answer
}

// Dial opens a WebSocket, and fails the test if it is refused.
func Dial(t testing.TB, address string) net.Conn {
	t.Helper()
	conn, response, err := dial(address)
	if err != nil {
		t.Fatalf("dial %s: %v", address, err)
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		conn.Close()
		t.Fatalf("dial %s: answered %s", address, response.Status)
	}
	return conn
}

// Refused returns the status with which a WebSocket is refused; 101: it is not.
func Refused(t testing.TB, address string) int {
	t.Helper()
	conn, response, err := dial(address)
	if err != nil {
		t.Fatalf("dial %s: %v", address, err)
	}
	conn.Close()
	return response.StatusCode
}

func dial(address string) (net.Conn, *http.Response, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, nil, err
	}
	conn, err := net.DialTimeout("tcp", u.Host, Patience)
	if err != nil {
		return nil, nil, err
	}
	conn.SetDeadline(time.Now().Add(Patience))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", u.RequestURI(), u.Host)
	// A byte at a time, so that no frame is read with the head.
	response, err := http.ReadResponse(bufio.NewReaderSize(oneByte{conn}, 16), nil)
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	conn.SetDeadline(time.Time{})
	return conn, response, nil
}

type oneByte struct{ r io.Reader }

func (o oneByte) Read(b []byte) (int, error) { return o.r.Read(b[:1]) }

// ReadFrame reads a server's frame, which is neither masked nor fragmented.
func ReadFrame(r *bufio.Reader) (opcode byte, data []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	size := uint64(head[1])
	switch size {
	case 126:
		var n uint16
		err = binary.Read(r, binary.BigEndian, &n)
		size = uint64(n)
	case 127:
		err = binary.Read(r, binary.BigEndian, &size)
	}
	if err != nil {
		return 0, nil, err
	}
	data = make([]byte, size)
	_, err = io.ReadFull(r, data)
	return head[0] & 15, data, err
}

// WriteFrame writes a client's frame, masked with zeros.
func WriteFrame(w io.Writer, opcode byte, data []byte) error {
	b := []byte{0x80 | opcode}
	switch n := len(data); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	_, err := w.Write(append(append(b, 0, 0, 0, 0), data...))
	return err
}
