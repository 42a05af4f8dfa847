package supervisor

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/sockethub/sockethub/platform/internal/frame"
)

const (
	maxLogLine  = 4 << 10 // longer lines are logged in pieces
	keptOutput  = 4 << 10 // of the last output, for the report of a crash
	maxNoise    = 200     // characters of a line that is no frame
	linesPerSec = 50
	linesAtOnce = 200
	noisePerSec = 1
	noiseAtOnce = 5

	// Standard error is read no faster in the long run: a worker that writes more
	// waits for the server, not the server for it.
	logBytesPerSec = 256 << 10
	logBytesAtOnce = 1 << 20
)

// output is what a worker writes beside its frames.
type output struct {
	mu      sync.Mutex // guards the fields below
	last    []byte     // the end of its standard error
	lines   tokens     // of standard error that are logged
	noise   tokens     // of standard output with which something is wrong
	dropped int        // lines since the last that was logged
}

// readLog logs the worker's standard error, until it ends.
func (p *process) readLog() {
	trace := false // lines of a stack trace have no level of their own
	eachLine(p.paced(), maxLogLine, func(line []byte) { trace = p.logLine(line, trace) })
}

// paced is the worker's standard error at its rate, for as long as it lives.
func (p *process) paced() io.Reader {
	return &pacedReader{r: p.stderr, over: p.exited, halted: p.halt(), budget: tokens{perSecond: logBytesPerSec, most: logBytesAtOnce}}
}

type pacedReader struct {
	r      io.Reader
	over   <-chan struct{} // ends the waiting
	halted <-chan struct{} // as well
	budget tokens          // bytes; what was read beyond it is waited for
}

func (p *pacedReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if n > 0 && !p.budget.takeMany(time.Now(), float64(n)) {
		timer := time.NewTimer(time.Duration(float64(n) / p.budget.perSecond * float64(time.Second)))
		defer timer.Stop()
		select {
		case <-timer.C:
			p.budget.takeMany(time.Now(), float64(n)) // what the wait was for
		case <-p.over:
		case <-p.halted:
		}
	}
	return n, err
}

// eachLine reads until r ends and calls f with each line, which is valid until f
// returns. A line longer than most comes in pieces.
func eachLine(r io.Reader, most int, f func(line []byte)) {
	buf := make([]byte, 0, min(512, most))
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		rest := buf
		for {
			line, after, found := bytes.Cut(rest, []byte{'\n'})
			if !found {
				break
			}
			f(line)
			rest = after
		}
		if len(rest) == most || err != nil && len(rest) > 0 {
			f(rest)
			rest = nil
		}
		if err != nil {
			return
		}
		buf = buf[:copy(buf, rest)]
		if len(buf) == cap(buf) {
			buf = append(make([]byte, 0, min(2*cap(buf), most)), buf...)
		}
	}
}

// logLine logs a line, and reports whether it is in a stack trace.
func (p *process) logLine(line []byte, trace bool) bool {
	line = bytes.TrimRight(line, "\r")
	if len(bytes.TrimSpace(line)) == 0 {
		return trace
	}
	level, text := frame.LogLevel(line)
	switch {
	case len(text) < len(line):
		trace = false
	case level >= slog.LevelError:
		trace = true
	case trace:
		level = slog.LevelError
	}
	dropped, ok := p.output.add(line, time.Now())
	if !ok {
		p.in.m.counters.droppedLines.Add(1)
		return trace
	}
	if dropped > 0 {
		p.log.Warn("lines of the worker's output were dropped", "lines", dropped)
	}
	p.log.Log(context.Background(), level, string(bytes.ToValidUTF8(text, []byte("\uFFFD"))))
	return trace
}

// add keeps a line for the report of a crash. ok reports whether it may be
// logged, dropped how many before it were not.
func (o *output) add(line []byte, now time.Time) (dropped int, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if over := len(o.last) + len(line) + 1 - 2*keptOutput; over > 0 {
		o.last = append(o.last[:0], o.last[max(0, len(o.last)-keptOutput):]...)
	}
	o.last = append(append(o.last, line...), '\n')
	o.lines.perSecond, o.lines.most = linesPerSec, linesAtOnce
	if !o.lines.take(now) {
		o.dropped++
		return 0, false
	}
	dropped, o.dropped = o.dropped, 0
	return dropped, true
}

// tail returns the end of the worker's standard error.
func (o *output) tail() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	last := bytes.TrimSpace(o.last)
	if len(last) > keptOutput {
		last = last[len(last)-keptOutput:]
	}
	return string(bytes.ToValidUTF8(last, []byte("\uFFFD")))
}

// noise takes a line of standard output that is no frame: a library's greeting,
// mostly. It is counted, and some are logged.
func (p *process) noise(line []byte, err error) {
	p.in.m.counters.badLines.Add(1)
	p.warn("a line of the worker is no frame", "error", err, "line", frame.Cut(string(bytes.ToValidUTF8(line[:min(len(line), 2*maxNoise)], []byte("\uFFFD"))), maxNoise))
}

// warn logs what is wrong with a line of standard output, unless there was much
// of that lately.
func (p *process) warn(message string, attrs ...any) {
	p.output.mu.Lock()
	p.output.noise.perSecond, p.output.noise.most = noisePerSec, noiseAtOnce
	ok := p.output.noise.take(time.Now())
	p.output.mu.Unlock()
	if ok {
		p.log.Warn(message, attrs...)
	}
}

// tokens is a rate limit: so many at once, so many a second in the long run.
type tokens struct {
	perSecond, most float64
	left            float64
	at              time.Time // of the last take; zero before the first
}

func (k *tokens) take(now time.Time) bool { return k.takeMany(now, 1) }

func (k *tokens) takeMany(now time.Time, n float64) bool {
	if k.at.IsZero() {
		k.left = k.most
	} else {
		k.left = min(k.most, k.left+now.Sub(k.at).Seconds()*k.perSecond)
	}
	k.at = now
	if k.left < n {
		return false
	}
	k.left -= n
	return true
}
