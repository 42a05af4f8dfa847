package websocket

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"strings"
	"testing"
)

func TestAgreeDeflate(t *testing.T) {
	const plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
	for _, tt := range []struct{ offer, want string }{
		{"permessage-deflate", plain},
		{"permessage-deflate; client_max_window_bits", plain},
		{"permessage-deflate; client_max_window_bits=10", plain},
		{`permessage-deflate; client_max_window_bits="10"`, plain},
		{"permessage-deflate; server_no_context_takeover; client_no_context_takeover", plain},
		{"permessage-deflate; server_max_window_bits=15", plain + "; server_max_window_bits=15"},
		{"permessage-deflate; server_max_window_bits=10, permessage-deflate", plain},
		{"x-webkit-deflate-frame, permessage-deflate", plain},
		{"", ""},
		{"x-webkit-deflate-frame", ""},
		{"permessage-deflate; server_max_window_bits=10", ""},
		{"permessage-deflate; server_max_window_bits", ""},
		{"permessage-deflate; client_max_window_bits=7", ""},
		{"permessage-deflate; client_max_window_bits=16", ""},
		{"permessage-deflate; client_max_window_bits=08", ""},
		{"permessage-deflate; client_max_window_bits=", ""},
		{"permessage-deflate; server_no_context_takeover=1", ""},
		{"permessage-deflate; server_no_context_takeover; server_no_context_takeover", ""},
		{"permessage-deflate; unknown", ""},
		{"permessage-deflate;", ""},
	} {
		if got := agreeDeflate(http.Header{"Sec-Websocket-Extensions": {tt.offer}}); got != tt.want {
			t.Errorf("offer %q: got %q, want %q", tt.offer, got, tt.want)
		}
	}
}

// compressed returns a message as RFC 7692, section 7.2.1 has it.
func compressed(message string, level int) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, level)
	if err != nil {
		panic(err)
	}
	io.WriteString(w, message)
	w.Flush()
	return bytes.TrimSuffix(b.Bytes(), []byte("\x00\x00\xff\xff"))
}

// inflated is the other way, of a message that the server sent.
func inflated(t *testing.T, r received) string {
	t.Helper()
	if r.first&rsv1 == 0 {
		return r.payload
	}
	b, err := io.ReadAll(flate.NewReader(strings.NewReader(r.payload + "\x00\x00\xff\xff\x01\x00\x00\xff\xff")))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The examples of RFC 7692, section 7.2.3, and what may be wrong with others.
func TestInflate(t *testing.T) {
	hello := []byte("\xf2\x48\xcd\xc9\xc9\x07\x00")
	bomb := compressed(strings.Repeat("\x00", 10<<20), flate.BestCompression)
	for _, tt := range []struct {
		name string
		in   []byte
		want string
		code Code
	}{
		{"one block", masked(fin|rsv1|byte(Text), hello), "Hello", 0},
		{"two fragments", join(masked(rsv1|byte(Text), hello[:3]), masked(fin, hello[3:])), "Hello", 0},
		{"a block without compression", masked(fin|rsv1|byte(Text), []byte("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00")), "Hello", 0},
		{"a final block", masked(fin|rsv1|byte(Text), []byte("\xf3\x48\xcd\xc9\xc9\x07\x00\x00")), "Hello", 0},
		{"two blocks", masked(fin|rsv1|byte(Text), []byte("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00")), "Hello", 0},
		{"nothing", masked(fin|rsv1|byte(Text), []byte{0}), "", 0},
		{"a message that is not compressed", text("plain"), "plain", 0},
		{"as much as the limit", masked(fin|rsv1|byte(Text), compressed(repeat(1<<20), flate.BestSpeed)), repeat(1 << 20), 0},
		{"a byte past the limit", masked(fin|rsv1|byte(Text), compressed(repeat(1<<20+1), flate.BestSpeed)), "", MessageTooBig},
		{"a bomb", masked(fin|rsv1|byte(Binary), bomb), "", MessageTooBig},
		{"damaged", masked(fin|rsv1|byte(Text), []byte("\xff\xff\xff\xff")), "", InvalidPayload},
		{"cut off", masked(fin|rsv1|byte(Text), []byte("\xf2\x48\xcd")), "", InvalidPayload},
		{"not UTF-8", masked(fin|rsv1|byte(Text), compressed("\xed\xa0\x80", flate.BestSpeed)), "", InvalidPayload},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := over(&Options{}, true, tt.in)
			_, data, err := c.Next()
			if codeOf(err) != tt.code || err == nil && string(data) != tt.want {
				t.Errorf("got %.60q, %v; want %.60q, code %d", data, err, tt.want, tt.code)
			}
		})
	}
}

// Section 12 of the Autobahn catalogue: messages of many sizes and kinds, each
// compressed by the client and by the server, with pings in between.
func TestConformanceDeflate(t *testing.T) {
	server := serve(t, &Options{Deflate: true, MaxBuffered: 64 << 20, WriteTimeout: patience}, func(c *Conn) { echo(c) })
	random := rand.New(rand.NewSource(1))
	noise := make([]byte, 128<<10)
	random.Read(noise)
	prose := strings.Repeat("It was the best of times, it was the worst of times \u2014 ", 4000)[:128<<10]
	for i, kind := range []struct {
		name   string
		opcode Opcode
		data   string
	}{
		{"JSON", Text, strings.Repeat(`{"id":12345,"name":"wren","tags":["a","b"]},`, 4000)[:128<<10]},
		{"text", Text, strings.ToValidUTF8(prose, "")},
		{"noise", Binary, string(noise)},
		{"zeros", Binary, strings.Repeat("\x00", 128<<10)},
	} {
		for j, size := range []int{16, 256, 1 << 10, 4 << 10, 32 << 10, 128 << 10} {
			for _, fragment := range []int{0, 256, 4096} {
				t.Run(fmt.Sprintf("12.%d.%d %s of %d bytes in fragments of %d", i+1, j+1, kind.name, size, fragment), func(t *testing.T) {
					t.Parallel()
					peer := dial(t, server, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n")
					for n := range 4 {
						message := strings.ToValidUTF8(kind.data[n:min(n+size, len(kind.data))], "")
						if kind.opcode == Binary {
							message = kind.data[n:min(n+size, len(kind.data))]
						}
						b := string(compressed(message, n%10))
						frames := masked(fin|rsv1|byte(kind.opcode), []byte(b))
						if fragment > 0 {
							frames = fragments(rsv1|kind.opcode, b, fragment)
						}
						sent := make(chan struct{})
						go func() {
							peer.send(frames, masked(fin|byte(ping), nil))
							close(sent)
						}()
						got, err := readFrame(peer.in)
						if err != nil || Opcode(got.first&0xF) != kind.opcode || inflated(t, got) != message {
							t.Fatalf("message %d: got %v, %v; want %.40q of %d bytes", n, got, err, message, len(message))
						}
						if size >= 2*deflateThreshold && got.first&rsv1 == 0 {
							t.Fatalf("message %d of %d bytes was not compressed", n, size)
						}
						peer.expect(received{fin | byte(pong), ""})
						<-sent
					}
					peer.send(closeFrame(1000, ""))
					peer.expectClose(NormalClosure)
				})
			}
		}
	}
}

func FuzzExtensionOffer(f *testing.F) {
	f.Add(`permessage-deflate; client_max_window_bits="10"; server_no_context_takeover, x`)
	f.Fuzz(func(t *testing.T, offer string) {
		answer := agreeDeflate(http.Header{"Sec-Websocket-Extensions": {offer}})
		if answer != "" && agreeDeflate(http.Header{"Sec-Websocket-Extensions": {answer}}) == "" {
			t.Errorf("offer %q was answered with %q, which is no extension", offer, answer)
		}
	})
}
