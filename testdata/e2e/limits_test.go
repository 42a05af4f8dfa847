package e2e

import (
	"bufio"
	big "encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// rawClient is a Socket.IO client on a bare WebSocket, which does only what a
// test tells it: also nothing.
type rawClient struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
}

func (s *server) dialRaw() *rawClient { return s.dialFrom("127.0.0.1") }

// dialFrom connects from an address of this machine.
func (s *server) dialFrom(address string) *rawClient {
	s.t.Helper()
	c, err := s.tryFrom(address)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// tryFrom is dialFrom where the server may refuse.
func (s *server) tryFrom(address string) (*rawClient, error) {
	s.t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	conn, err := dialer.Dial("tcp", u.Host)
	if err != nil {
		return nil, err
	}
	s.t.Cleanup(func() { conn.Close() })
	c := &rawClient{t: s.t, conn: conn, r: bufio.NewReader(conn)}
	fmt.Fprintf(conn, "GET /sockethub/?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", u.Host)
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		return nil, fmt.Errorf("handshake: %s", res.Status)
	}
	c.await("0{")
	c.write("40")
	c.await("40{")
	return c, nil
}

// write sends a packet in one text frame, masked with zeros (RFC 6455, section
// 5.2), and returns the error.
func (c *rawClient) write(packet string) error {
	frame := []byte{0x81}
	switch n := len(packet); {
	case n < 126:
		frame = append(frame, 0x80|byte(n))
	case n < 1<<16:
		frame = big.BigEndian.AppendUint16(append(frame, 0x80|126), uint16(n))
	default:
		frame = big.BigEndian.AppendUint64(append(frame, 0x80|127), uint64(n))
	}
	frame = append(append(frame, 0, 0, 0, 0), packet...)
	_, err := c.conn.Write(frame)
	return err
}

// read returns the next frame of the server.
func (c *rawClient) read() (opcode byte, payload []byte, err error) {
	c.conn.SetReadDeadline(time.Now().Add(patience))
	var head [2]byte
	if _, err := io.ReadFull(c.r, head[:]); err != nil {
		return 0, nil, err
	}
	n := uint64(head[1])
	switch n {
	case 126:
		var b [2]byte
		io.ReadFull(c.r, b[:])
		n = uint64(big.BigEndian.Uint16(b[:]))
	case 127:
		var b [8]byte
		io.ReadFull(c.r, b[:])
		n = big.BigEndian.Uint64(b[:])
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(c.r, payload)
	return head[0] & 0xF, payload, err
}

// await returns the next packet that begins with prefix.
func (c *rawClient) await(prefix string) string {
	c.t.Helper()
	for {
		_, payload, err := c.read()
		if err != nil {
			c.t.Fatalf("the connection ended while %q was waited for: %v", prefix, err)
		}
		if strings.HasPrefix(string(payload), prefix) {
			return string(payload)
		}
	}
}

// message is an event "message" for the server.
func message(t testing.TB, id int, activity any) string {
	t.Helper()
	return packet(t, "message", id, activity)
}

// packet is an event for the server, as text.
func packet(t testing.TB, event string, id int, activity any) string {
	t.Helper()
	body, err := json.Marshal([]any{event, activity})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("42%d%s", id, body)
}

// A client that sends and never reads is disconnected, and the log says so:
// at limits.sessionBytes, or when the server has waited for it long enough to
// take what is written. Nobody else notices.
func TestSlowReader(t *testing.T) {
	s := startServer(t, withStore(map[string]any{"limits": map[string]any{"sessionBytes": 65536}}))
	good := startClients(t).connect("good", s.url, transports["websocket"])
	slow := s.dialRaw()
	slow.conn.(*net.TCPConn).SetReadBuffer(4096)
	text := message(t, 1, dummy("echo", strings.Repeat("x", 100_000)))
	slow.conn.SetWriteDeadline(time.Now().Add(patience))
	sent := 0
	for ; sent < 2000; sent++ {
		if slow.write(text) != nil {
			break
		}
	}
	if sent == 2000 {
		t.Error("200 MB were echoed to a client that reads nothing")
	}
	eventually(t, "the log tells of it", func() bool {
		return strings.Contains(s.log.String(), "disconnected a client that does not read")
	})
	if got := good.emit("message", dummy("echo", "still here")); got["error"] != nil {
		t.Errorf("another client: %v", got)
	}
}

// A message over sockethub.maxPayloadBytes ends a WebSocket with the code 1009
// and a POST of polling with the status 413.
func TestPayloadLimit(t *testing.T) {
	s := startServer(t, withStore(map[string]any{"sockethub": map[string]any{"maxPayloadBytes": 2000}}))
	c := s.dialRaw()
	if err := c.write(message(t, 1, dummy("echo", strings.Repeat("x", 3000)))); err != nil {
		t.Fatal(err)
	}
	opcode, payload, err := c.read()
	if err != nil || opcode != 8 || len(payload) < 2 || big.BigEndian.Uint16(payload) != 1009 {
		t.Errorf("got opcode %d, payload %q, %v, want a close frame with 1009", opcode, payload, err)
	}

	res, err := http.Get(s.url + "/sockethub/?EIO=4&transport=polling")
	if err != nil {
		t.Fatal(err)
	}
	var open struct{ SID string }
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if err := json.Unmarshal(body[1:], &open); err != nil {
		t.Fatalf("open packet %q: %v", body, err)
	}
	res, err = http.Post(s.url+"/sockethub/?EIO=4&transport=polling&sid="+open.SID, "text/plain", strings.NewReader(strings.Repeat("4", 3000)))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("polling: status %s, want 413", res.Status)
	}

	all := startClients(t)
	for transport, reason := range map[string]string{"websocket": "transport close", "polling": "transport error"} {
		cl := all.connect(transport, s.url, transports[transport])
		cl.start(1, "message", dummy("echo", strings.Repeat("x", 3000)))
		if got := string(cl.event("disconnect").Args[0]); got != `"`+reason+`"` {
			t.Errorf("over %s the client was told %s, want %q", transport, got, reason)
		}
	}
}

// The settings of the rate limiter and of limits as a client meets them.
func TestLimits(t *testing.T) {
	all := startClients(t)
	t.Run("rateLimiter", func(t *testing.T) {
		s := startServer(t, withStore(map[string]any{
			"rateLimiter": map[string]any{"maxRequests": 10, "windowMs": 600000, "blockDurationMs": 500, "maxConnectionsPerIp": 0}}))
		c := all.connect("flooder", s.url, transports["websocket"])
		acks := c.start(30, "message", dummy("echo", "x"))
		codes := map[any]int{}
		for range 30 {
			codes[ack(t, receive(t, acks, "an answer"))["code"]]++
		}
		if codes[nil] != 10 || codes["rate_limited"] != 20 {
			t.Errorf("codes %v, want 10 answers and 20 rate_limited", codes)
		}
		told := c.event("error")
		if want := `"summary":"rate limit exceeded, temporarily blocked"`; !strings.Contains(string(told.Args[0]), want) {
			t.Errorf("event error %s, want %s", told.Args[0], want)
		}
		eventually(t, "the block is over", func() bool { return c.emit("message", dummy("echo", "x"))["error"] == nil })
		if !strings.Contains(s.log.String(), "rate limit exceeded") {
			t.Error("the log says nothing of it")
		}
	})
	t.Run("rateLimiter.maxConnectionsPerIp", func(t *testing.T) {
		s := startServer(t, withStore(map[string]any{"rateLimiter": map[string]any{"maxConnectionsPerIp": 3}}))
		for i := range 3 {
			all.connect(fmt.Sprint("cap", i), s.url, transports["polling"])
		}
		surplus := all.connect("surplus", s.url, transports["websocket"])
		if told := surplus.event("error"); !strings.Contains(string(told.Args[0]), "too many concurrent connections from this address") {
			t.Errorf("event error %s", told.Args[0])
		}
		if reason := surplus.event("disconnect"); string(reason.Args[0]) != `"io server disconnect"` {
			t.Errorf("disconnect %s", reason.Args[0])
		}
	})
	t.Run("limits.handshakesPerSecond", func(t *testing.T) {
		s := startServer(t, withStore(map[string]any{"limits": map[string]any{"handshakesPerSecond": 1}}))
		statuses := map[int]int{}
		for range 20 {
			res, err := http.Get(s.url + "/sockethub/?EIO=4&transport=polling")
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			statuses[res.StatusCode]++
		}
		if statuses[http.StatusOK] == 0 || statuses[http.StatusTooManyRequests] == 0 {
			t.Errorf("statuses %v, want some 200 and some 429", statuses)
		}
	})
	t.Run("limits.jobsPerSession", func(t *testing.T) {
		s := startServer(t, withStore(map[string]any{"limits": map[string]any{"jobsPerSession": 2, "jobTimeoutMs": 800}}))
		c, other := all.connect("jobs", s.url, transports["websocket"]), all.connect("others", s.url, transports["websocket"])
		hanging := c.start(2, "message", dummy("hang", ""))
		if got := c.emit("message", dummy("echo", "x")); got["code"] != "too_many_jobs" {
			t.Errorf("one job too many: %v", got)
		}
		for range 2 {
			if got := ack(t, receive(t, hanging, "the deadline")); got["error"] == nil {
				t.Errorf("a job that hangs: %v", got)
			}
		}
		eventually(t, "another client is served again", func() bool { return other.emit("message", dummy("echo", "x"))["error"] == nil })
	})
	t.Run("limits.maxQueuedJobs", func(t *testing.T) {
		s := startServer(t, withStore(map[string]any{"limits": map[string]any{"maxQueuedJobs": 20, "jobTimeoutMs": 1500}}))
		c := all.connect("queue", s.url, transports["websocket"])
		acks := c.start(120, "message", dummy("hang", "")) // dummy takes 100 of an address at a time, and a quarter of the line waits
		codes := map[any]int{}
		for range 120 {
			codes[ack(t, receive(t, acks, "an answer"))["code"]]++
		}
		if codes["queue_full"] == 0 || codes["queue_full"] > 115 || codes[nil] != 0 {
			t.Errorf("codes %v, want some queue_full and no success", codes)
		}
	})
}

// More clients than there are descriptors: those who are in are served, by workers
// that are started then, and the log says once why others are not.
func TestFewDescriptors(t *testing.T) {
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/rss+xml")
		io.WriteString(w, feed)
	}))
	defer pages.Close()
	limited := exec.Command("sh", "-c", `ulimit -n 128 && exec "$0" "$@"`, binary)
	s := startCommand(t, limited, unlimited)
	var in []*rawClient
	refused := 0
	for range 150 {
		if c, err := s.tryFrom("127.0.0.1"); err == nil {
			in = append(in, c)
		} else {
			refused++
		}
	}
	if len(in) < 64 || refused < 150-128 {
		t.Fatalf("%d clients are in, %d are refused", len(in), refused)
	}
	for i, c := range in {
		c.write(message(t, 0, dummy("echo", "x")))
		c.write(message(t, 1, fetch("feeds", "feed", fmt.Sprint(pages.URL, "/", i))))
	}
	for n, c := range in {
		for range 2 {
			if answer := c.await("43"); strings.Contains(answer, `"error"`) {
				t.Fatalf("client %d: %s", n, answer)
			}
		}
	}
	log := s.log.String()
	if strings.Count(log, "the limit of open files (ulimit -n) leaves no more beside the workers") != 1 || strings.Contains(log, "too many open files") {
		t.Errorf("the log does not say once what is wrong:\n%s", log)
	}
}

// sizeOf returns a number of a process from /proc.
func sizeOf(t *testing.T, pid int, directory string) int {
	t.Helper()
	list, err := os.ReadDir(filepath.Join("/proc", fmt.Sprint(pid), directory))
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// After floods from many clients that come, send, and go in every way, no
// descriptor, worker or goroutine is left that was not there before.
func TestNothingIsLeftAfterFloods(t *testing.T) {
	address := freeAddress(t)
	s := startServer(t, withStore(map[string]any{"admin": map[string]any{"listen": address}, "recovery": map[string]any{"maxMs": 0}}))
	admin := "http://" + address
	goroutines := func() (n int) {
		res, err := http.Get(admin + "/debug/pprof/goroutine?debug=1")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if _, err := fmt.Fscanf(res.Body, "goroutine profile: total %d", &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	s.dialRaw().conn.Close()
	first := s.dialRaw()
	first.write(message(t, 1, dummy("echo", "x")))
	first.await("431")
	first.conn.Close()
	http.DefaultClient.CloseIdleConnections()
	pid := s.cmd.Process.Pid
	var files, running int
	settled := func() bool { // nothing changes any more
		f, r := sizeOf(t, pid, "fd"), goroutines()
		same := f == files && r == running
		files, running = f, r
		return same
	}
	eventually(t, "the server is idle", settled)
	wantFiles, wantRunning := files, running

	for round := range 5 {
		var clients []*rawClient
		for n := range 60 {
			c := s.dialRaw()
			clients = append(clients, c)
			for i := range 20 {
				verb := "echo"
				if i == 10 && n%20 == round {
					verb = "sigkill"
				}
				c.write(message(t, i, dummy(verb, "x")))
			}
		}
		for n, c := range clients {
			switch n % 3 {
			case 0: // goes at once
			case 1:
				c.await("4319[")
			case 2:
				c.conn.(*net.TCPConn).SetLinger(0) // resets the connection
			}
			c.conn.Close()
		}
	}
	eventually(t, "descriptors and goroutines are back", func() bool {
		http.DefaultClient.CloseIdleConnections()
		f, r := sizeOf(t, pid, "fd"), goroutines()
		// One worker, at another moment of its life, and one idle connection of ours.
		return f <= wantFiles+2 && r <= wantRunning+4
	})
	if n := len(s.workers("dummy")); n > 1 {
		t.Errorf("%d workers of dummy, want at most 1", n)
	}
}
