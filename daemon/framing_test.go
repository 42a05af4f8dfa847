package daemon

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// ambiguous are requests that say twice, or wrongly, how long they are, behind
// whatever else was asked on the connection before.
var ambiguous = map[string]string{
	"both":                            "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
	"both, the other way round":       "POST /x HTTP/1.1\r\nHost: localhost\r\ntransfer-encoding: chunked\r\ncontent-length:5\r\n\r\n",
	"both, behind another request":    "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nPOST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
	"both, behind a body":             "POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 12\r\n\r\nsome\r\n\r\ntextPOST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
	"both, with lines that end in LF": "POST /x HTTP/1.1\nHost: localhost\nContent-Length: 5\nTransfer-Encoding: chunked\n\n",
	"both, after a long field":        "POST /x HTTP/1.1\r\nHost: localhost\r\nX-Long: " + strings.Repeat("x", 5000) + "\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
	"chunks in HTTP/1.0":              "POST /" + strings.Repeat("x", 100) + " HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n",
	"a length in two lines":           "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length:\r\n 5\r\n\r\n",
	"a length that is none":           "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0x5\r\n\r\n",
	"an endless length":               "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
}

var plainRequests = map[string]string{
	"no body":                "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
	"a body that looks so":   "POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 48\r\n\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
	"a field that looks so":  "GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"the fields of two":      "POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhiPOST /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"what follows on chunks": "POST /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2b\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n0\r\n\r\n",
}

// Heads are found however the bytes come.
func TestHeads(t *testing.T) {
	for requests, want := range map[*map[string]string]bool{&ambiguous: false, &plainRequests: true} {
		for name, text := range *requests {
			for cut := range len(text) {
				var h heads
				if got := h.read([]byte(text[:cut])) && h.read([]byte(text[cut:])); got != want {
					t.Errorf("%s, cut after %d: %v, want %v", name, cut, got, want)
					break
				}
			}
		}
	}
}

// Looking at a request costs nothing that stays.
func BenchmarkHeads(b *testing.B) {
	request := []byte("GET /sockethub/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0)\r\nAccept: */*\r\n" +
		"Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\nConnection: keep-alive\r\nReferer: http://localhost/\r\nSec-Fetch-Dest: empty\r\n\r\n")
	b.SetBytes(int64(len(request)))
	b.ReportAllocs()
	var h heads
	for b.Loop() {
		if !h.read(request) {
			b.Fatal("refused")
		}
	}
}

// What it makes of bytes does not depend on how they are cut.
func FuzzHeads(f *testing.F) {
	for _, text := range ambiguous {
		f.Add([]byte(text), 9)
	}
	for _, text := range plainRequests {
		f.Add([]byte(text), 40)
	}
	f.Fuzz(func(t *testing.T, in []byte, cut int) {
		cut = max(0, min(cut, len(in)))
		var whole, parts heads
		if a, b := whole.read(in), parts.read(in[:cut]) && parts.read(in[cut:]); a != b {
			t.Errorf("%q: %v, cut after %d: %v", in, a, cut, b)
		}
		if len(whole.line) > maxField {
			t.Errorf("%d bytes of a line are kept", len(whole.line))
		}
	})
}

// A request whose length is ambiguous is refused, and what a proxy may have taken
// for its body is not answered: on the address of clients, with TLS and without,
// and on that for operators.
func TestAmbiguousRequests(t *testing.T) {
	const smuggled = "0\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
	cert, key := makeCertificate(t, t.TempDir(), 1, time.Now().Add(365*24*time.Hour))
	plain := start(t, `{"platforms":["dummy"],"admin":{"listen":"0"}}`, nil)
	secure := start(t, `{"platforms":["dummy"]}`, []string{"SOCKETHUB_TLS_CERT=" + cert, "SOCKETHUB_TLS_KEY=" + key})
	for address, dial := range map[string]func() (net.Conn, error){
		"clients":   func() (net.Conn, error) { return net.Dial("tcp", host(plain.url())) },
		"operators": func() (net.Conn, error) { return net.Dial("tcp", plain.await(`operators are answered at ([^"]+)"`)) },
		"TLS": func() (net.Conn, error) {
			return tls.Dial("tcp", host(secure.url()), &tls.Config{InsecureSkipVerify: true})
		},
	} {
		ask := func(text string) (statuses []int) {
			conn, err := dial()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(patience))
			if _, err := io.WriteString(conn, text); err != nil {
				t.Fatal(err)
			}
			for r := bufio.NewReader(conn); ; {
				res, err := http.ReadResponse(r, nil)
				if err != nil {
					return statuses // the connection has ended
				}
				io.Copy(io.Discard, res.Body)
				statuses = append(statuses, res.StatusCode)
			}
		}
		for name, text := range ambiguous {
			got := ask(text + smuggled)
			if len(got) == 0 || got[len(got)-1] != http.StatusBadRequest {
				t.Errorf("%s, %s: answered with %v, want 400 as the last", address, name, got)
			}
		}
		// After chunks the connection ends, so nothing can be hidden behind them.
		if got := ask(plainRequests["what follows on chunks"] + smuggled); len(got) != 1 {
			t.Errorf("%s: what follows on chunks is answered too: %v", address, got)
		}
	}
}

func host(url string) string { return url[strings.Index(url, "://")+3:] }
