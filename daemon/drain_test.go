package daemon

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sockethub/sockethub/testdata/peer"
)

// owl is a platform in shell whose answers wait for a file.
const owl = `#!%s
while IFS= read -r line; do
	case $line in
	'{"type":"describe"'*)
		echo '{"type":"describe","protocol":1,"name":"owl","version":"1.0.0","contextUrl":"https://sockethub.org/ns/context/platform/owl/v1.jsonld","schemas":{"messages":{"required":["type"],"properties":{"type":{"enum":["hoot"]}}}},"verbs":{"hoot":{}},"concurrency":1}' ;;
	'{"type":"hello"'*)
		echo '{"type":"ready"}' ;;
	'{"type":"job"'*)
		id=${line#'{"type":"job","id":'}
		while [ ! -e %s ]; do sleep 0.05; done
		echo '{"type":"result","id":'"${id%%%%,*}"'}' ;;
	esac
done
`

const hoot = `{"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","https://sockethub.org/ns/context/platform/owl/v1.jsonld"],"type":"hoot","actor":{"id":"strix","type":"person"}}`

// webSocket is a client that joined the default namespace, by hand.
type webSocket struct {
	t  *testing.T
	in *bufio.Reader
	net.Conn
}

func joinWebSocket(t *testing.T, url string) *webSocket {
	t.Helper()
	conn := upgrade(t, url)
	t.Cleanup(func() { conn.Close() })
	w := &webSocket{t, bufio.NewReader(conn), conn}
	w.send("40")
	if _, joined := w.next(); !strings.HasPrefix(joined, "40{") {
		t.Fatalf("joined with %q", joined)
	}
	return w
}

// send sends a text with a mask of zeros.
func (w *webSocket) send(packet string) {
	w.t.Helper()
	if _, err := w.Write(append([]byte{0x81, 0x80 | 126, byte(len(packet) >> 8), byte(len(packet)), 0, 0, 0, 0}, packet...)); err != nil {
		w.t.Fatal(err)
	}
}

// next returns a frame's opcode and payload.
func (w *webSocket) next() (opcode byte, payload string) {
	w.t.Helper()
	head := make([]byte, 4)
	if _, err := io.ReadFull(w.in, head[:2]); err != nil {
		w.t.Fatal(err)
	}
	n := int(head[1])
	if n == 126 {
		if _, err := io.ReadFull(w.in, head[2:]); err != nil {
			w.t.Fatal(err)
		}
		n = int(head[2])<<8 | int(head[3])
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(w.in, text); err != nil {
		w.t.Fatal(err)
	}
	return head[0] & 0xF, string(text)
}

// On SIGTERM nobody is let in any more, what is in progress comes to its
// end, and everybody is told.
func TestDrain(t *testing.T) {
	dir := t.TempDir()
	program, signal := filepath.Join(dir, "owl"), filepath.Join(dir, "go")
	if err := os.WriteFile(program, fmt.Appendf(nil, owl, peer.Program(t, "sh"), signal), 0o700); err != nil {
		t.Fatal(err)
	}
	p := start(t, fmt.Sprintf(`{"platforms":["dummy",%q],"sandbox":false,"admin":{"listen":"0"},"httpActions":{"enabled":true},"shutdown":{"timeoutMs":3600000}}`, program), nil)
	url := p.url()
	poller, socket, late := join(t, url), joinWebSocket(t, url), joinWebSocket(t, url)
	poller.send(`421["message",` + hoot + `]`)
	socket.send(`421["message",` + hoot + `]`)
	r, err := http.NewRequest("POST", url+"/sockethub-http", strings.NewReader("["+hoot+"]"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Request-Id", "r1")
	action, err := http.DefaultClient.Do(r) // returns when the headers are there
	if err != nil {
		t.Fatal(err)
	}
	defer action.Body.Close()
	// A connection that is open stays so while the listener is closed.
	kept := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	get(t, kept, url+"/livez")
	eventually(t, "all three are accepted", func() bool {
		_, metrics := get(t, http.DefaultClient, "http://"+p.await(`operators are answered at ([0-9.:]+)`)+"/metrics")
		return strings.Contains(metrics, "\nsockethub_queue_jobs{state=\"waiting\"} 2\nsockethub_queue_jobs{state=\"active\"} 1\n")
	})

	p.signal(syscall.SIGTERM)
	p.await("shutting down: terminated")
	eventually(t, "nobody new is let in", func() bool {
		status, _ := get(t, http.DefaultClient, url+"/sockethub/?EIO=4&transport=polling")
		return status == http.StatusServiceUnavailable
	})
	if _, verbose := get(t, http.DefaultClient, "http://"+p.await(`operators are answered at ([0-9.:]+)`)+"/readyz?verbose"); !strings.Contains(verbose, "[-]gateway failed: shutting down\n") {
		t.Errorf("operators are told %q", verbose)
	}
	for path, want := range map[string]int{"/livez": 200, "/readyz": 503} {
		if status, body := get(t, kept, url+path); status != want {
			t.Errorf("%s on a connection that is open: %d %q", path, status, body)
		}
	}
	late.send(`421["message",` + hoot + `]`)
	if _, answer := late.next(); !strings.HasPrefix(answer, "431[") || !strings.Contains(answer, `"code":"shutting_down"`) {
		t.Errorf("a message that came too late is answered with %q", answer)
	}

	if err := os.WriteFile(signal, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	answered := func(who, answer string) {
		t.Helper()
		if !strings.Contains(answer, `"type":"hoot"`) || strings.Contains(answer, `"error"`) {
			t.Errorf("%s is answered with %q", who, answer)
		}
	}
	text, err := io.ReadAll(action.Body)
	if err != nil {
		t.Errorf("the response over HTTP was cut off: %v", err)
	}
	answered("the HTTP action", string(text))
	_, answer := socket.next()
	answered("the WebSocket", answer)
	for _, w := range []*webSocket{socket, late} {
		const notice = `42["closing",{"code":"shutting_down","reason":"server is shutting down","reconnect":true}]`
		if _, told := w.next(); told != notice {
			t.Errorf("a client is told of the end with %q, want %q", told, notice)
		}
		// Pings ask whether it has read that; it does not say.
		opcode, text := w.next()
		for opcode == 1 && text == "2" {
			opcode, text = w.next()
		}
		if opcode != 8 {
			t.Errorf("after the notice comes opcode %d, want a close frame", opcode)
		}
		w.Close()
	}
	polled := poller.poll()
	answered("the polling client", polled)
	if !strings.Contains(polled, `42["closing",`) {
		polled = poller.poll()
	}
	if !strings.Contains(polled, `42["closing",`) {
		t.Errorf("the polling client is told of the end with %q", polled)
	}
	if !strings.HasSuffix(polled, "1") { // Engine.IO's close, last in the payload
		if polled = poller.poll(); !strings.HasSuffix(polled, "1") {
			t.Errorf("the polling client is told of the end with %q", polled)
		}
	}
	if err := p.end(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	p.await("sockethub has ended")
}
