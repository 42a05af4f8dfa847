package webfetch

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	write(t, w, b)
	return out.Bytes()
}

func write(t testing.TB, w io.WriteCloser, b []byte) {
	t.Helper()
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestBody(t *testing.T) {
	text := []byte(strings.Repeat("The quick brown fox. ", 100))
	var wrapped, bare bytes.Buffer
	write(t, zlib.NewWriter(&wrapped), text)
	w, err := flate.NewWriter(&bare, 9)
	if err != nil {
		t.Fatal(err)
	}
	write(t, w, text)
	once := gzipped(t, text)
	zeros := make([]byte, 64<<10)
	tests := []struct {
		name, encoding string
		body           []byte
		want           string // "" means text
		class          Class
		limit          int64
	}{
		{"plain", "", text, "", "", 0},
		{"gzip", "gzip", once, "", "", 0},
		{"x-gzip", "X-GZIP", once, "", "", 0},
		{"zlib", "deflate", wrapped.Bytes(), "", "", 0},
		{"deflate", "deflate", bare.Bytes(), "", "", 0},
		{"twice", "gzip, gzip", gzipped(t, once), "", "", 0},
		{"deflate in gzip", "deflate,gzip", gzipped(t, wrapped.Bytes()), "", "", 0},
		{"unknown", "x-fold", text, "", "", 0},
		{"zstd", "zstd", text, "", BadEncoding, 0},
		{"identity", "identity", text, "", "", 0},
		{"two members", "gzip", append(gzipped(t, text[:5]), gzipped(t, text[5:])...), "", "", 0},
		{"brotli", "br", text, "", BadEncoding, 0},
		{"four times", "gzip,gzip,gzip,gzip", once, "", BadEncoding, 0},
		{"not gzip", "gzip", text, "", Broken, 0},
		{"cut gzip", "gzip", once[:len(once)-9], "", Broken, 0},
		{"cut gzip header", "gzip", once[:5], "", Broken, 0},
		{"cut deflate", "deflate", wrapped.Bytes()[:20], "", Broken, 0},
		{"wrong checksum", "gzip", append(bytes.Clone(once[:len(once)-8]), 1, 2, 3, 4, 0, 0, 0, 0), "", Broken, 0},
		{"at the limit", "", text, "", "", int64(len(text))},
		{"at the limit inflated", "gzip", once, "", "", int64(len(text))},
		{"above", "", text, "", TooLarge, int64(len(text)) - 1},
		{"above inflated", "gzip", once, "", TooLarge, int64(len(text)) - 1},
		{"bomb", "gzip", gzipped(t, zeros), "", TooLarge, 1000},
		{"bomb in a bomb", "gzip,gzip", gzipped(t, gzipped(t, zeros)), "", TooLarge, 1000},
	}
	for _, tt := range tests {
		for _, length := range []bool{true, false} {
			s := fetchtest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if tt.encoding != "" {
					w.Header().Set("Content-Encoding", tt.encoding)
				}
				if length {
					w.Header().Set("Content-Length", strconv.Itoa(len(tt.body)))
				} else {
					w.(http.Flusher).Flush()
				}
				w.Write(tt.body)
			})
			c := newClient(t, Options{AllowPrivate: true})
			response, err := c.Fetch(context.Background(), Request{URL: s.URL, MaxBody: tt.limit})
			if err != nil {
				t.Fatal(err)
			}
			got, err := response.Body.ReadAll()
			if ClassOf(err) != tt.class || err == nil && !bytes.Equal(got, text) {
				t.Errorf("%s: %d bytes, %v; want class %q", tt.name, len(got), err, tt.class)
			}
			response.Body.Close()
			if _, err := response.Body.Read(make([]byte, 1)); err == nil {
				t.Errorf("%s: the body can be read after Close", tt.name)
			}
		}
	}
}

// Of a body that promises to be longer than the limit the first bytes can be had,
// and no more than the limit.
func TestPartial(t *testing.T) {
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5000")
		w.Write(bytes.Repeat([]byte("0123456789"), 500))
	})
	c := newClient(t, Options{AllowPrivate: true, MaxBody: 1000})
	for _, partial := range []bool{false, true} {
		response, err := c.Fetch(context.Background(), Request{URL: s.URL, Partial: partial})
		if err != nil {
			t.Fatal(err)
		}
		head := make([]byte, 1000)
		n, err := io.ReadFull(response.Body, head)
		if partial && (err != nil || !bytes.HasSuffix(head, []byte("789"))) || !partial && (n > 0 || ClassOf(err) != TooLarge) {
			t.Errorf("partial %v: %d bytes, %v", partial, n, err)
		}
		if _, err := response.Body.Read(make([]byte, 1)); ClassOf(err) != TooLarge {
			t.Errorf("partial %v: a byte above the limit: %v", partial, err)
		}
		response.Body.Close()
	}
}

// What is inflated to hundreds of times its size is a bomb, long before the limit.
func TestRatio(t *testing.T) {
	zeros := gzipped(t, make([]byte, 4<<20))
	varied := make([]byte, 4<<20)
	for i := range varied {
		varied[i] = byte(i * i >> 8)
	}
	for name, tt := range map[string]struct {
		body  []byte
		class Class
	}{"zeros": {zeros, TooLarge}, "few zeros": {gzipped(t, make([]byte, freeSize)), ""}, "text": {gzipped(t, varied), ""}} {
		s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(tt.body)
		})
		c := newClient(t, Options{AllowPrivate: true})
		response, err := c.Fetch(context.Background(), Request{URL: s.URL})
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if ClassOf(err) != tt.class || tt.class != "" && n > 2*freeSize {
			t.Errorf("%s: %d bytes of %d, %v", name, n, len(tt.body), err)
		}
	}
}

// A server that promises more than it sends, or hangs up in a chunk.
func TestBodyEndsEarly(t *testing.T) {
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "ten bytes.")
	})
	c := newClient(t, Options{AllowPrivate: true})
	response, err := c.Fetch(context.Background(), Request{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := response.Body.ReadAll(); ClassOf(err) != Broken || err.Error() != "terminated" {
		t.Errorf("%v", err)
	}
}

// An empty body needs no valid encoding.
func TestEmptyEncodedBody(t *testing.T) {
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Content-Encoding", "gzip") })
	c := newClient(t, Options{AllowPrivate: true})
	response, err := c.Fetch(context.Background(), Request{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got, err := response.Body.ReadAll(); err != nil || len(got) != 0 {
		t.Errorf("%q, %v", got, err)
	}
}

// Of 50 MB, and of 64 MB in a gzip bomb, no more is held than the limit.
func TestBodyMemory(t *testing.T) {
	bomb := fetchtest.Bomb(t, make([]byte, 1<<20), 64)
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bomb" {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb)
			return
		}
		w.(http.Flusher).Flush() // no Content-Length
		block := make([]byte, 1<<20)
		for range 50 {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	c := newClient(t, Options{AllowPrivate: true})
	for _, path := range []string{"/plain", "/bomb"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		response, err := c.Fetch(context.Background(), Request{URL: s.URL + path})
		if err != nil {
			t.Fatal(err)
		}
		_, err = response.Body.ReadAll()
		response.Body.Close()
		runtime.ReadMemStats(&after)
		if ClassOf(err) != TooLarge {
			t.Errorf("%s: %v", path, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 8*DefaultMaxBody {
			t.Errorf("%s: %d bytes were allocated", path, n)
		}
	}
}
