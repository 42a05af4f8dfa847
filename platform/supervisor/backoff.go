package supervisor

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/sockethub/sockethub/platform"
)

const (
	firstBackoff = 100 * time.Millisecond // after the second failure; the first costs nothing
	maxBackoff   = 30 * time.Second
	backoffTimes = 4

	// hopelessAfter is how many workers in a row must fail before jobs are not
	// left waiting for the next one.
	hopelessAfter = 3
)

// backoff says when the next worker may be started, after some that ended
// before they were ready: at once, then after 0.1, 0.4, 1.6, 6.4, 25.6 and 30 s,
// a fifth more or less. A worker that was ready counts as a success, as what
// ends it then is a job, and a job is not given to many.
type backoff struct {
	failures int
	next     time.Time
	cause    string // of the last failure
}

func (b *backoff) failed(now time.Time, cause string) {
	b.failures++
	b.cause = cause
	b.next = now
	if b.failures < 2 {
		return
	}
	d := firstBackoff
	for range b.failures - 2 {
		if d *= backoffTimes; d >= maxBackoff {
			d = maxBackoff
			break
		}
	}
	b.next = now.Add(d*4/5 + rand.N(d*2/5))
}

func (b *backoff) reset() { *b = backoff{} }

// hopeless tells that so many have failed that nobody should wait for the next.
func (b *backoff) hopeless() bool { return b.failures >= hopelessAfter }

// refuse returns the error for a job that would only wait for the next failure.
func (b *backoff) refuse(now time.Time) error {
	if !b.hopeless() || !now.Before(b.next) {
		return nil
	}
	wait := max(b.next.Sub(now).Round(time.Second), time.Second)
	return &platform.JobError{
		Text: fmt.Sprintf("worker could not be started: %s; next attempt in %s", b.cause, wait),
		Code: platform.CodeStartFailed,
	}
}
