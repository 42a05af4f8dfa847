package httpactions

import (
	"errors"
	"net/http"
	"sync"
	"time"
)

const (
	// gatherDelay is how long a line may wait for others to be written with
	// it. Most requests are over by then and take a single write.
	gatherDelay = 2 * time.Millisecond

	// writeTimeout is how long a caller may read nothing before it counts as
	// gone. The request goes on without it.
	writeTimeout = 10 * time.Second
)

// Values of headers that all streams share; nobody changes them.
var (
	ndjsonType  = []string{"application/x-ndjson"}
	notStored   = []string{"no-store"}
	notBuffered = []string{"no"}
	inChunks    = []string{"chunked"}
)

// stream writes lines of JSON as they come.
type stream struct {
	timeout time.Duration // of each write

	mu      sync.Mutex // guards the fields below, and is held while something is written
	w       http.ResponseWriter
	control *http.ResponseController
	timer   *time.Timer
	waiting bool      // something has been written and not flushed; timer runs
	patient time.Time // when timeout began anew
	over    bool      // the caller is gone, or the request is done
}

// openStream sends the headers of a run or a replay, at the latest after
// gatherDelay.
func openStream(w http.ResponseWriter, id string, timeout time.Duration) *stream {
	header := w.Header()
	header["Content-Type"] = ndjsonType
	header["Cache-Control"] = notStored
	header["X-Request-Id"] = []string{id}
	header["X-Accel-Buffering"] = notBuffered
	// Without it a short response would be sent with a length instead.
	header["Transfer-Encoding"] = inChunks
	s := &stream{timeout: timeout, w: w, control: http.NewResponseController(w), waiting: true}
	w.WriteHeader(http.StatusOK)
	s.mu.Lock()
	s.timer = time.AfterFunc(gatherDelay, s.flush)
	s.mu.Unlock()
	return s
}

// line writes one. It blocks no longer than timeout; what a caller does
// not read is dropped.
func (s *stream) line(text []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	s.extend()
	_, err := s.w.Write(text)
	if err == nil {
		_, err = s.w.Write([]byte{'\n'})
	}
	if err != nil {
		s.over = true
		return
	}
	if !s.waiting {
		s.waiting = true
		s.timer.Reset(gatherDelay)
	}
}

func (s *stream) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = false
	if s.over {
		return
	}
	s.extend()
	if err := s.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.over = true
	}
}

// extend gives the caller timeout for what is written next. That costs nothing
// for lines that come together. s.mu is held.
func (s *stream) extend() {
	if now := time.Now(); now.Sub(s.patient) > s.timeout/10 {
		s.patient = now
		s.control.SetWriteDeadline(now.Add(s.timeout))
	}
}

// close ends the stream. The HTTP server writes what is left.
func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Stop()
	s.over = true
	s.extend()
}
