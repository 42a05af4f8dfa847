package httpactions

import (
	"errors"
	"net/http"
	"time"
)

const (
	// gatherDelay is how long a line may wait for others to be written with
	// it, while its request waits for results. Most requests are over by then
	// and take a single write.
	gatherDelay = 2 * time.Millisecond

	// writeTimeout is how long a caller may read nothing before it counts as
	// gone. The request goes on without it.
	writeTimeout = 10 * time.Second
)

// What all streams share, and nobody changes.
var (
	ndjsonType  = []string{"application/x-ndjson"}
	notStored   = []string{"no-store"}
	notBuffered = []string{"no"}
	inChunks    = []string{"chunked"}
	lineEnd     = []byte{'\n'}
)

// stream writes lines of JSON as they come. It belongs to the goroutine that
// runs the request, which calls flush when due has come and there is nothing to
// write.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration // of each write
	due     time.Time     // when what is written has to be flushed; zero: all is
	patient time.Time     // when timeout began anew
	over    bool          // the caller is gone
}

// openStream writes the headers of a run or a replay.
func openStream(w http.ResponseWriter, id string, now time.Time, timeout time.Duration) *stream {
	header := w.Header()
	header["Content-Type"] = ndjsonType
	header["Cache-Control"] = notStored
	header["X-Request-Id"] = []string{id}
	header["X-Accel-Buffering"] = notBuffered
	// Without it a short response would be sent with a length instead.
	header["Transfer-Encoding"] = inChunks
	w.WriteHeader(http.StatusOK)
	return &stream{w: w, control: http.NewResponseController(w), timeout: timeout, due: now.Add(gatherDelay)}
}

// line writes one. It blocks no longer than timeout; what a caller does
// not read is dropped.
func (s *stream) line(text []byte) {
	if s.over {
		return
	}
	now := time.Now()
	s.extend(now)
	_, err := s.w.Write(text)
	if err == nil {
		_, err = s.w.Write(lineEnd)
	}
	switch {
	case err != nil:
		s.over = true
	case s.due.IsZero():
		s.due = now.Add(gatherDelay)
	case now.After(s.due):
		s.flush()
	}
}

// flush sends what is written.
func (s *stream) flush() {
	s.due = time.Time{}
	if s.over {
		return
	}
	s.extend(time.Now())
	if err := s.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.over = true
	}
}

// extend gives the caller timeout for what is written next. That costs nothing
// for lines that come together.
func (s *stream) extend(now time.Time) {
	if now.Sub(s.patient) > s.timeout/10 {
		s.patient = now
		s.control.SetWriteDeadline(now.Add(s.timeout))
	}
}

// close ends the stream. The HTTP server writes what is left.
func (s *stream) close() { s.extend(time.Now()) }
