package httpactions

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/sockethub/sockethub/activity"
)

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

func deflated(text string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

func inUTF16(order binary.AppendByteOrder, text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

func inUTF32(order binary.AppendByteOrder, text string) string {
	var b []byte
	for _, r := range text {
		b = order.AppendUint32(b, uint32(r))
	}
	return string(b)
}

// Each way in which a body may arrive, and how what is none is refused. No
// refusal says more than what was wrong, and no type but JSON is read.
func TestBodies(t *testing.T) {
	const tea = "🫖 für alle"
	body := message("echo", tea)
	const nothing = `{"error":"request body must be a payload object or array of payloads"}`
	const notValid = `{"error":"request body is not valid JSON"}`
	const large = `{"error":"request body too large (max 2000 bytes)"}`
	little, big := binary.LittleEndian, binary.BigEndian
	tests := []struct {
		name     string
		kind     string // Content-Type
		encoding string
		body     string
		status   int
		want     string // the content of the line, or the whole body of a refusal
	}{
		{"plain", "application/json", "", body, 200, tea},
		{"in capitals, with a charset", "Application/JSON; Charset=UTF-8", "", body, 200, tea},
		{"with a byte order mark", "application/json", "", "\uFEFF" + body, 200, tea},
		{"identity", "application/json", "identity", body, 200, tea},
		{"gzip", "application/json", "gzip", gzipped(body), 200, tea},
		{"gzip in capitals", "application/json", "GZIP", gzipped(body), 200, tea},
		{"gzip of two parts", "application/json", "gzip", gzipped(body[:50]) + gzipped(body[50:]), 200, tea},
		{"deflate", "application/json", "deflate", deflated(body), 200, tea},
		{"UTF-16, little end first", "application/json; charset=utf-16", "", inUTF16(little, "\uFEFF"+body), 200, tea},
		{"UTF-16, big end first", "application/json; charset=utf-16", "", inUTF16(big, "\uFEFF"+body), 200, tea},
		{"UTF-16LE without a mark", "application/json; charset=utf-16le", "", inUTF16(little, body), 200, tea},
		{"UTF-16BE without a mark", "application/json; charset=utf-16be", "", inUTF16(big, body), 200, tea},
		{"UTF-32", "application/json; charset=utf-32", "", inUTF32(little, "\uFEFF"+body), 200, tea},
		{"UTF-32BE", "application/json; charset=utf-32be", "", inUTF32(big, body), 200, tea},
		{"UTF-32, big end first, as gzip", "application/json; charset=utf-32", "gzip", gzipped(inUTF32(big, "\uFEFF"+body)), 200, tea},
		{"exactly as long as it may be", "application/json", "", padded(2000), 200, strings.Repeat("k", 2000-len(message("echo", "")))},
		{"a byte longer", "application/json", "", padded(2001), 413, large},
		{"a byte longer when inflated", "application/json", "gzip", gzipped(padded(2001)), 413, large},
		{"a byte longer when inflated the other way", "application/json", "deflate", deflated(padded(2001)), 413, large},
		{"short only because of its packing", "application/json", "gzip", gzipped(strings.Repeat(" ", 10<<20)), 413, large},
		{"much packing around little", "application/json", "gzip", strings.Repeat(gzipped(""), 200) + gzipped(body), 413, large},
		{"no JSON", "application/json", "", "{nope}", 400, notValid},
		{"blanks", "application/json", "", "  ", 400, notValid},
		{"UTF-8 called UTF-16", "application/json; charset=utf-16", "", body, 400, notValid},
		{"half a character of UTF-16", "application/json; charset=utf-16le", "", inUTF16(little, "[1]") + "x", 400, notValid},
		{"nested too deep", "application/json", "", strings.Repeat("[", 100) + strings.Repeat("]", 100), 400, notValid},
		{"plain, called gzip", "application/json", "gzip", body, 400, notValid},
		{"plain, called deflate", "application/json", "deflate", body, 400, notValid},
		{"gzip that is cut", "application/json", "gzip", gzipped(body)[:60], 400, notValid},
		{"gzip with a wrong sum", "application/json", "gzip", gzipped(body)[:len(gzipped(body))-8] + "12345678", 400, notValid},
		{"another packing", "application/json", "br", body, 415, `{"error":"unsupported content encoding \"br\""}`},
		{"two packings", "application/json", "gzip, gzip", gzipped(gzipped(body)), 415, `{"error":"unsupported content encoding \"gzip, gzip\""}`},
		{"another charset", "application/json; charset=latin1", "", body, 415, `{"error":"unsupported charset \"LATIN1\""}`},
		{"a charset of a stranger's words", "application/json; charset=" + strings.Repeat("x", 500), "", body, 415,
			`{"error":"unsupported charset \"` + strings.Repeat("X", 64) + `…\""}`},
		{"a form", "application/x-www-form-urlencoded", "", "type=echo&actor[id]=wren", 415, `{"error":"content type must be application/json"}`},
		{"a form with a charset", "application/x-www-form-urlencoded; charset=utf-8", "", "a=b", 415, `{"error":"content type must be application/json"}`},
		{"JSON called a form", "application/x-www-form-urlencoded", "", body, 415, `{"error":"content type must be application/json"}`},
		{"JSON called text, as a page can send it", "text/plain", "", body, 400, nothing},
		{"a form with files", "multipart/form-data; boundary=x", "", body, 400, nothing},
		{"another JSON", "application/ld+json", "", body, 400, nothing},
		{"no type", "", "", body, 400, nothing},
		{"a type that is none", "application/json; =", "", body, 400, nothing},
		{"an empty body", "application/json", "", "", 200, "unsupported payload type"},
		{"an empty list", "application/json", "", "[]", 400, nothing},
		{"an empty envelope", "application/json", "", `{"messages":[]}`, 400, nothing},
		{"a number", "application/json", "", "5", 400, nothing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, Options{MaxPayload: 2000})
			headers := "X-Request-Id: r1\r\n"
			if tt.kind != "" {
				headers += "Content-Type: " + tt.kind + "\r\n"
			}
			if tt.encoding != "" {
				headers += "Content-Encoding: " + tt.encoding + "\r\n"
			}
			chunked := "POST /sockethub-http HTTP/1.1\r\nHost: a\r\n" + headers + "Transfer-Encoding: chunked\r\n\r\n"
			if tt.body != "" {
				chunked += fmt.Sprintf("%x\r\n%s\r\n", len(tt.body), tt.body)
			}
			chunked += "0\r\n\r\n"
			for form, request := range map[string]string{"with its length": raw("POST", "/sockethub-http", headers, tt.body), "in chunks": chunked} {
				r := s.do(request)
				got := string(r.body)
				if r.StatusCode == 200 {
					got = r.contents(t)
				}
				if r.StatusCode != tt.status || got != tt.want {
					t.Errorf("%s: %d %s\nwant %d %s", form, r.StatusCode, cut(got), tt.status, tt.want)
				}
			}
		})
	}
}

// padded is a message of n bytes.
func padded(n int) string {
	return message("echo", strings.Repeat("k", n-len(message("echo", ""))))
}

// A body that is too long is read before it is refused: who writes all of it
// before looking for an answer would find a connection that was reset.
func TestLongBodyIsReadBeforeItIsRefused(t *testing.T) {
	s := start(t, Options{})
	x := s.send("POST /sockethub-http HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-Request-Id: r1\r\nContent-Length: 2000000\r\n\r\n")
	half := strings.Repeat(" ", 1_000_000)
	io.WriteString(x.conn, half)
	x.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := x.r.Peek(1); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("in the middle of the body: %v, want nothing yet", err)
	}
	x.conn.SetDeadline(time.Now().Add(waitLimit))
	io.WriteString(x.conn, half)
	if r := x.response("POST"); r.StatusCode != 413 {
		t.Errorf("%d %s, want 413", r.StatusCode, r.body)
	}
}

// A length that is only announced costs nothing, nor does what cannot fit.
func TestBodyIsRefusedByItsLength(t *testing.T) {
	s := start(t, Options{})
	x := s.send("POST /sockethub-http HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-Request-Id: r1\r\n" +
		"Expect: 100-continue\r\nContent-Length: 8000000000000\r\n\r\n")
	if r := x.response("POST"); r.StatusCode != 413 {
		t.Errorf("%d %s, want 413 and no 100 before", r.StatusCode, r.body)
	}
}

func TestBodyThatDoesNotArrive(t *testing.T) {
	s := start(t, Options{})
	s.bodyTimeout = 20 * time.Millisecond
	head := "POST /sockethub-http HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-Request-Id: r1\r\nContent-Length: 100\r\n\r\n["
	if r := s.send(head).response("POST"); r.StatusCode != 408 || string(r.body) != `{"error":"request body did not arrive in time"}` {
		t.Errorf("a slow one: %d %s", r.StatusCode, r.body)
	}
	s.bodyTimeout = waitLimit
	x := s.send(head)
	x.conn.(interface{ CloseWrite() error }).CloseWrite()
	if r := x.response("POST"); r.StatusCode != 400 || string(r.body) != `{"error":"request body ended early"}` {
		t.Errorf("one that ends: %d %s", r.StatusCode, r.body)
	}
	if len(s.platforms.log) > 0 {
		t.Errorf("done: %v", s.platforms.log)
	}
}

// A caller has all the time it needs once its body is there.
func TestBodyTimeoutEndsWithTheBody(t *testing.T) {
	s := start(t, Options{})
	s.bodyTimeout = 50 * time.Millisecond
	x := s.send(post("r1", message("exit1", "slow")))
	release := s.platforms.next(t)
	timer := time.NewTimer(2 * s.bodyTimeout)
	<-timer.C
	release()
	if got := x.response("POST").contents(t); got != "slow" {
		t.Errorf("lines %s", got)
	}
}

// What is inflated is never held beyond the limit, however small it arrives.
func TestInflatingTakesNoMemory(t *testing.T) {
	bomb := gzipped(strings.Repeat("\x00", 32<<20))
	const limit = 256 << 10
	if len(bomb) > limit {
		t.Fatalf("the bomb is refused for its own %d bytes", len(bomb))
	}
	r := httptest.NewRequest("POST", "/sockethub-http", strings.NewReader(bomb))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Content-Encoding", "gzip")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := readBody(r, limit)
	runtime.ReadMemStats(&after)
	if err == nil || err.Error() != "request body too large (max 262144 bytes)" {
		t.Errorf("got %v", err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("%d bytes were allocated", used)
	}
}

func FuzzReadBody(f *testing.F) {
	f.Add("application/json", "", []byte(message("echo", "x")))
	f.Add("application/json; charset=utf-16", "", []byte(inUTF16(binary.LittleEndian, `[{"a":1}]`)))
	f.Add("application/json", "gzip", []byte(gzipped(`{"messages":[1,{}]}`)))
	f.Add("application/json", "deflate", []byte(deflated(`[[],"x",null]`)))
	f.Add("application/x-www-form-urlencoded", "", []byte("a=b"))
	f.Add("application/json;charset=utf-32be", "gzip", []byte("\x1f\x8b\x08"))
	f.Fuzz(func(t *testing.T, kind, encoding string, text []byte) {
		r := httptest.NewRequest("POST", "/sockethub-http", bytes.NewReader(text))
		r.Header = http.Header{"Content-Type": {kind}, "Content-Encoding": {encoding}}
		body, err := readBody(r, 4096)
		if err != nil {
			if own, ok := err.(*statusError); !ok || own.status < 400 || own.status > 499 || len(own.text) > 500 {
				t.Fatalf("refused with %#v", err)
			}
			return
		}
		list, err := payloads(body)
		if err != nil {
			return
		}
		if n := len(activity.AppendJSON(nil, list)); n > 8*4096 {
			t.Fatalf("%d bytes came of a body of at most 4096", n)
		}
	})
}
