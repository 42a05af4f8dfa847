package engineio_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sockethub/sockethub/engineio"
	"github.com/sockethub/sockethub/socketio"
)

// testdata/engineio.jsonl holds conversations with the server for Node, with the
// time of each step in milliseconds. They go through a real http.Server, with a
// clock that jumps: half a minute of silence takes no time.

type goldenCase struct {
	I     int
	Name  string
	Steps []goldenStep
}

type goldenStep struct {
	Op string
	T  int

	Req *goldenRequest
	Res *goldenResponse

	Path    string // of ws-open
	Headers map[string]string

	Text, Hex  *string // of ws-send and ws-recv
	TextLength int     `json:"text_length"`
	TextStart  string  `json:"text_start"`
	Code       int     // of ws-closed-by-server

	Send       string // of raw
	RecvHead   string `json:"recv_head"`
	RecvBody   string `json:"recv_body"`
	RecvFrames []struct {
		Opcode    byte
		Text      string
		Code      *int
		NotAFrame string `json:"not_a_frame"`
	} `json:"recv_frames"`
}

type goldenRequest struct {
	Method, Path string
	Headers      map[string]string
	Body         string
	BodyLength   int    `json:"body_length"`
	BodyStart    string `json:"body_start"`
	Chunked      bool
}

type goldenResponse struct {
	At           int
	Status       int
	Headers      map[string]string
	Body         string
	BodyLength   int    `json:"body_length"`
	BodyStart    string `json:"body_start"`
	NoneWithinMS int    `json:"none_within_ms"`
}

// elsewhere are requests for other parts of the server that was recorded: the
// engine must not see them.
var elsewhere = map[int]bool{7: true, 9: true, 155: true}

// refusedBefore are WebSocket handshakes of other protocol revisions. The server
// for Node switches protocols first, and then answers in HTTP again.
var refusedBefore = map[int]bool{148: true, 149: true, 154: true}

// refusedAtOnce is a binary event that announces no attachments. The server for
// Node takes it, and closes the connection at the next packet.
const refusedAtOnce = 134

func TestGolden(t *testing.T) {
	b, err := os.ReadFile("testdata/engineio.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range bytes.Lines(b) {
		var c goldenCase
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		if c.I == refusedAtOnce {
			c.Steps = append(c.Steps[:5:5], c.Steps[7:]...)
		}
		t.Run(fmt.Sprintf("%d %s", c.I, c.Name), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { runGolden(t, &c) })
		})
		n++
	}
	if n != 174 {
		t.Errorf("ran %d cases, want 174", n)
	}
}

// player goes through the steps of a case.
type player struct {
	t       *testing.T
	c       *goldenCase
	network *network
	start   time.Time
	ids     map[string]string // "<sid1>" → the id
	sockets []*webSocket      // open ones, the latest last
	replies []string          // arguments of acknowledgements that the recording has
}

func runGolden(t *testing.T, c *goldenCase) {
	p := &player{t: t, c: c, ids: make(map[string]string), replies: c.replies()}
	server, err := socketio.New(socketio.Options{Engine: engineio.Options{MaxPayload: 256 << 10}})
	if err != nil {
		t.Fatal(err)
	}
	// What the application answers is not under test: it is what it was.
	server.Of("/").OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) {
		if !e.Ack.Wanted() {
			return
		}
		reply := "{}"
		if len(p.replies) > 0 {
			reply, p.replies = p.replies[0], p.replies[1:]
		}
		e.Ack.Send([]byte(reply))
	})
	p.network = inMemory(t, &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/sockethub/") {
			http.NotFound(w, r)
			return
		}
		server.ServeHTTP(w, r)
	})})
	p.start = time.Now()
	p.play()
	if elsewhere[c.I] && server.Engine().Len() > 0 {
		t.Error("the engine has a session")
	}
	for _, w := range p.sockets {
		w.conn.Close()
	}
	if err := server.Close(t.Context()); err != nil {
		t.Error(err)
	}
	p.network.close()
}

// replies collects what the recorded application acknowledged.
func (c *goldenCase) replies() []string {
	var replies []string
	add := func(packets, start string, length int) {
		if length > 0 {
			packets = start + strings.Repeat("x", length-len(start)-1) + "]"
		}
		for _, p := range strings.Split(packets, "\x1e") {
			if i := strings.IndexByte(p, '['); strings.HasPrefix(p, "43") && i > 0 {
				replies = append(replies, p[i+1:len(p)-1])
			}
		}
	}
	for _, s := range c.Steps {
		switch {
		case s.Op == "http" && s.Res.Status == 200:
			add(s.Res.Body, s.Res.BodyStart, s.Res.BodyLength)
		case s.Op == "ws-recv" && s.Text != nil:
			add(*s.Text, "", 0)
		case s.Op == "ws-recv":
			add("", s.TextStart, s.TextLength)
		}
	}
	return replies
}

func (p *player) play() {
	type pending struct {
		at   int
		done chan struct{}
	}
	var requests []pending
	ctx, cancel := context.WithCancel(context.Background())
	for i := range p.c.Steps {
		s := &p.c.Steps[i]
		time.Sleep(time.Until(p.start.Add(time.Duration(s.T) * time.Millisecond)))
		for _, r := range requests {
			if r.at <= s.T {
				<-r.done
			}
		}
		synctest.Wait()
		switch s.Op {
		case "http":
			r := pending{s.Res.At, make(chan struct{})}
			go func() {
				defer close(r.done)
				p.http(ctx, i, s)
			}()
			if s.Res.NoneWithinMS > 0 {
				time.Sleep(time.Duration(s.Res.NoneWithinMS) * time.Millisecond)
				select {
				case <-r.done:
				default:
				}
				r.at = 1 << 30
			}
			requests = append(requests, r)
		case "raw":
			p.raw(i, s)
		default:
			p.webSocket(i, s)
		}
	}
	for _, r := range requests {
		if r.at < 1<<30 {
			<-r.done
		}
	}
	cancel()
	for _, r := range requests {
		<-r.done
	}
}

// expand puts known ids into what a client sends.
func (p *player) expand(s string) string {
	for name, id := range p.ids {
		s = strings.ReplaceAll(s, name, id)
	}
	return s
}

var placeholder = regexp.MustCompile(`<n?sid\d>`)

// matches compares what came with what was recorded, and learns new ids from it.
func (p *player) matches(got, want string) bool {
	want = p.expand(want)
	var names []string
	pattern := regexp.QuoteMeta(want)
	pattern = placeholder.ReplaceAllStringFunc(pattern, func(name string) string {
		names = append(names, name)
		return `([A-Za-z0-9_-]{20})`
	})
	m := regexp.MustCompile(`\A` + pattern + `\z`).FindStringSubmatch(got)
	if m == nil {
		return false
	}
	for i, name := range names {
		p.ids[name] = m[i+1]
	}
	return true
}

// filled makes a long text of which the recording has the beginning; an event
// stays one.
func filled(start string, length int) string {
	tail := ""
	if strings.Contains(start, `["`) {
		tail = `"]`
	}
	return start + strings.Repeat("k", length-len(start)-len(tail)) + tail
}

func (p *player) http(ctx context.Context, i int, s *goldenStep) {
	body := p.expand(s.Req.Body)
	if s.Req.BodyLength > 0 {
		body = filled(s.Req.BodyStart, s.Req.BodyLength)
	}
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
		if s.Req.Chunked {
			reader = io.MultiReader(reader) // whose length nobody knows
		}
	}
	begun := time.Now()
	got, err := p.network.do(ctx, s.Req.Method, p.expand(s.Req.Path), reader, func(r *http.Request) {
		for name, value := range s.Req.Headers {
			r.Header.Set(name, value)
		}
	})
	want := s.Res
	if want.NoneWithinMS > 0 {
		if ctx.Err() == nil {
			p.t.Errorf("step %d: got %v, %v; want no answer", i, got, err)
		}
		return
	}
	if err != nil {
		p.t.Errorf("step %d: %v", i, err)
		return
	}
	if elsewhere[p.c.I] {
		if got.status != http.StatusNotFound {
			p.t.Errorf("step %d: got %v", i, got)
		}
		return
	}
	if got.status != want.Status {
		p.t.Errorf("step %d: got %v, want %d", i, got, want.Status)
		return
	}
	p.headers(i, got.header, want.Headers)
	plain := decoded(p.t, got)
	if want.BodyLength > 0 {
		if len(plain) != want.BodyLength || !strings.HasPrefix(plain, want.BodyStart) {
			p.t.Errorf("step %d: got %v, want %q… of %d bytes", i, got, want.BodyStart, want.BodyLength)
		}
	} else if !p.matches(plain, want.Body) {
		p.t.Errorf("step %d: got %v, want %q", i, got, p.expand(want.Body))
	}
	if took, recorded := time.Since(begun), time.Duration(want.At-s.T)*time.Millisecond; recorded > time.Second && (took-recorded).Abs() > time.Second {
		p.t.Errorf("step %d: answered after %v, want %v", i, took, recorded)
	}
}

// headers compares those that are the engine's. Framing is net/http's.
func (p *player) headers(i int, got http.Header, want map[string]string) {
	for name, value := range want {
		switch {
		case name == "transfer-encoding", name == "content-length" && (value == "0" || got.Get("Content-Encoding") != ""):
			continue
		case got.Get(name) != value:
			p.t.Errorf("step %d: %s is %q, want %q", i, name, got.Values(name), value)
		}
	}
	for _, name := range []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Content-Encoding", "Vary", "Set-Cookie", "Cache-Control"} {
		if _, recorded := want[strings.ToLower(name)]; !recorded && got.Get(name) != "" {
			p.t.Errorf("step %d: %s is %q, want none", i, name, got.Values(name))
		}
	}
}

func decoded(t testing.TB, r response) string {
	t.Helper()
	var reader io.Reader = strings.NewReader(r.body)
	var err error
	switch coding := r.header.Get("Content-Encoding"); coding {
	case "gzip":
		reader, err = gzip.NewReader(reader)
	case "deflate":
		reader, err = zlib.NewReader(reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// webSocket plays a step of the latest WebSocket that is still open.
func (p *player) webSocket(i int, s *goldenStep) {
	if s.Op == "ws-open" {
		w, got := p.network.open(p.expand(s.Path), func(h http.Header) {
			for name, value := range s.Headers {
				h.Set(name, value)
			}
			h.Set("Sec-Websocket-Extensions", "permessage-deflate; client_max_window_bits")
		})
		if w == nil || got.header.Get("Access-Control-Allow-Origin") != "*" || got.header.Get("Sec-Websocket-Extensions") != "" {
			p.t.Fatalf("step %d: got %v %v", i, got, got.header)
		}
		p.sockets = append(p.sockets, w)
		return
	}
	if len(p.sockets) == 0 {
		if s.Op != "ws-close-by-client" {
			p.t.Fatalf("step %d: no WebSocket is open", i)
		}
		return
	}
	w := p.sockets[len(p.sockets)-1]
	switch s.Op {
	case "ws-send":
		switch {
		case s.Hex != nil:
			b, err := hex.DecodeString(*s.Hex)
			if err != nil {
				p.t.Fatal(err)
			}
			w.sendFrame(2, string(b))
		case s.Text != nil:
			w.send(p.expand(*s.Text))
		default:
			go w.send(filled(s.TextStart, s.TextLength))
		}
	case "ws-recv":
		f, ok := w.next()
		if !ok || f.opcode != 1 {
			p.t.Fatalf("step %d: got %v (open: %t)", i, f, ok)
		}
		if s.Text != nil && !p.matches(f.payload, *s.Text) {
			p.t.Errorf("step %d: got %v, want %q", i, f, p.expand(*s.Text))
		}
		if s.Text == nil && (len(f.payload) != s.TextLength || !strings.HasPrefix(f.payload, s.TextStart)) {
			p.t.Errorf("step %d: got %v, want %q… of %d bytes", i, f, s.TextStart, s.TextLength)
		}
	case "ws-closed-by-server":
		w.expectClose(s.Code)
		p.sockets = p.sockets[:len(p.sockets)-1]
	case "ws-close-by-client":
		w.sendFrame(8, "")
		w.expectClose(1005)
		p.sockets = p.sockets[:len(p.sockets)-1]
	default:
		p.t.Fatalf("step %d: unknown %s", i, s.Op)
	}
}

// raw sends exact bytes and compares the response line, the headers that matter,
// and what follows.
func (p *player) raw(i int, s *goldenStep) {
	conn, err := p.network.dial()
	if err != nil {
		p.t.Fatal(err)
	}
	defer conn.Close()
	go io.WriteString(conn, s.Send)
	in := bufio.NewReader(conn)
	got, err := http.ReadResponse(in, nil)
	if err != nil {
		p.t.Fatalf("step %d: %v", i, err)
	}
	if elsewhere[p.c.I] {
		if got.StatusCode != http.StatusNotFound {
			p.t.Errorf("step %d: got %d", i, got.StatusCode)
		}
		return
	}
	if refusedBefore[p.c.I] {
		b, err := io.ReadAll(got.Body)
		if err != nil || got.StatusCode != http.StatusBadRequest || string(b) != `{"code":5,"message":"Unsupported protocol version"}` {
			p.t.Errorf("step %d: got %d %q, %v", i, got.StatusCode, b, err)
		}
		return
	}
	want, err := http.ReadResponse(bufio.NewReader(strings.NewReader(s.RecvHead)), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if got.StatusCode != want.StatusCode {
		p.t.Fatalf("step %d: got %d, want %d", i, got.StatusCode, want.StatusCode)
	}
	for name := range want.Header {
		if name != "Sec-Websocket-Version" && got.Header.Get(name) != want.Header.Get(name) {
			p.t.Errorf("step %d: %s is %q, want %q", i, name, got.Header.Get(name), want.Header.Get(name))
		}
	}
	if want.StatusCode != http.StatusSwitchingProtocols {
		b, err := io.ReadAll(got.Body)
		if err != nil || string(b) != s.RecvBody {
			p.t.Errorf("step %d: got %q, %v; want %q", i, b, err, s.RecvBody)
		}
		return
	}
	for _, f := range s.RecvFrames {
		frame, err := readFrame(in)
		if err != nil || frame.opcode != f.Opcode || f.Opcode == 1 && !p.matches(frame.payload, f.Text) || f.Opcode == 8 && frame.closeCode() != 1005 {
			p.t.Errorf("step %d: got %v, %v; want %+v", i, frame, err, f)
		}
	}
}
