package httpactions

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/sockethub/sockethub/activity"
)

// bodyTimeout is how long a caller may take to send a body. It also bounds the
// HTTP server's wait for the rest of a body that was refused.
const bodyTimeout = 30 * time.Second

// statusError is a refusal: what the caller reads, and with which status.
type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string { return e.text }

var (
	errNotJSON  = &statusError{http.StatusBadRequest, "request body is not valid JSON"}
	errForm     = &statusError{http.StatusUnsupportedMediaType, "content type must be application/json"}
	errNothing  = &statusError{http.StatusBadRequest, "request body must be a payload object or array of payloads"}
	errTooSlow  = &statusError{http.StatusRequestTimeout, "request body did not arrive in time"}
	errBodyGone = &statusError{http.StatusBadRequest, "request body ended early"}
)

// readBody reads a POST's JSON. A body of another type, or none at all, reads
// as nil, which holds no payloads.
func readBody(r *http.Request, limit int64) (any, error) {
	charset, err := jsonCharset(r.Header)
	if err != nil {
		return nil, err
	}
	if charset == notJSON {
		return nil, nil
	}
	if _, ok := decodeText(nil, charset); !ok {
		return nil, &statusError{http.StatusUnsupportedMediaType, fmt.Sprintf("unsupported charset %q", strings.ToUpper(cutText(charset)))}
	}
	if r.Body == http.NoBody {
		// Without a length there is no body; with a length of 0 there is an
		// empty one, which stands for {}.
		if r.Header.Get("Content-Length") == "" {
			return nil, nil
		}
		return activity.NewObject(), nil
	}
	scratch := scratches.Get().(*bytes.Buffer)
	defer recycle(scratch)
	text, err := inflate(scratch, r, limit)
	if err != nil {
		return nil, err
	}
	if len(text) == 0 {
		return activity.NewObject(), nil
	}
	text, _ = decodeText(text, charset)
	body, err := activity.Parse(text)
	if err != nil {
		return nil, errNotJSON
	}
	return body, nil
}

// notJSON is what jsonCharset returns for another type.
const notJSON = "-"

// jsonCharset reads Content-Type: the charset of JSON, in lower case and "" when
// it is not named.
func jsonCharset(h http.Header) (string, error) {
	if kind := h.Get("Content-Type"); kind == "application/json" {
		return "", nil // as nearly all callers write it
	}
	name, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	switch {
	case name == "application/x-www-form-urlencoded":
		return "", errForm
	case err != nil || name != "application/json":
		return notJSON, nil
	}
	return strings.ToLower(parameters["charset"]), nil
}

// inflate reads a body into scratch, and takes its Content-Encoding off. Neither
// what arrives nor what comes of it may be longer than limit.
func inflate(scratch *bytes.Buffer, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	var open func(io.Reader) (io.Reader, error)
	switch encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
		open = func(r io.Reader) (io.Reader, error) { return r, nil }
	case "gzip":
		open = func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }
	case "deflate":
		open = func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }
	default:
		return nil, &statusError{http.StatusUnsupportedMediaType, fmt.Sprintf("unsupported content encoding %q", cutText(encoding))}
	}
	arriving := &limitedReader{r: r.Body, left: limit}
	text, err := readLimited(scratch, open, arriving, r.ContentLength, limit)
	var timeout interface{ Timeout() bool }
	switch {
	case err == nil:
		return text, nil
	case errors.Is(err, errLimit):
		return nil, tooLarge(limit)
	case arriving.err == nil || arriving.err == io.EOF:
		return nil, errNotJSON // it arrived, but cannot be inflated
	case errors.As(arriving.err, &timeout) && timeout.Timeout():
		return nil, errTooSlow
	}
	return nil, errBodyGone
}

func tooLarge(limit int64) error {
	return &statusError{http.StatusRequestEntityTooLarge, fmt.Sprintf("request body too large (max %d bytes)", limit)}
}

func readLimited(text *bytes.Buffer, open func(io.Reader) (io.Reader, error), arriving io.Reader, announced, limit int64) ([]byte, error) {
	plain, err := open(arriving)
	if err != nil {
		return nil, err
	}
	// Beyond the size of most bodies the buffer grows with what is there, not
	// with what was announced.
	text.Grow(int(min(max(announced, 0), 4<<10)) + bytes.MinRead)
	if _, err := text.ReadFrom(&limitedReader{r: plain, left: limit}); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

// scratches are empty buffers for texts that nobody needs any more once they
// were read: a body before it is parsed, and what its digest is made of.
var scratches = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// recycle gives a buffer of scratches back, unless it has become so large that
// only few texts need it.
func recycle(scratch *bytes.Buffer) {
	if scratch.Cap() <= 16<<10 {
		scratch.Reset()
		scratches.Put(scratch)
	}
}

var errLimit = errors.New("longer than the limit")

// limitedReader is errLimit once there is more than left. It keeps the first
// error of what it reads from.
type limitedReader struct {
	r    io.Reader
	left int64
	err  error
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	// One byte more is asked for, to see whether it ends there.
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if int64(n) > l.left {
		return 0, errLimit
	}
	l.left -= int64(n)
	l.err = err
	return n, err
}

// payloads returns what a body wants done: the elements of a list, those of an
// object's list "messages", or an object itself.
func payloads(body any) ([]any, error) {
	var list []any
	switch body := body.(type) {
	case []any:
		list = body
	case *activity.Object:
		if messages, ok := body.Get("messages").([]any); ok {
			list = messages
		} else {
			list = []any{body}
		}
	}
	if len(list) == 0 {
		return nil, errNothing
	}
	return list, nil
}

// cutText keeps what a stranger sent short enough to be sent back.
func cutText(s string) string {
	const longest = 64
	if len(s) > longest {
		return s[:longest] + "…"
	}
	return s
}
