package supervisor

import (
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	var b backoff
	now := time.Unix(1_000, 0)
	for i, want := range []time.Duration{0, 100, 400, 1_600, 6_400, 25_600, 30_000, 30_000} {
		want *= time.Millisecond
		if err := b.refuse(now); err != nil {
			t.Fatalf("after %d failures a job at the right time is refused: %v", i, err)
		}
		b.failed(now, "exited with status 1")
		got := b.next.Sub(now)
		if got < want*4/5 || got > want*6/5 {
			t.Errorf("after %d failures the next start is in %s, want about %s", i+1, got, want)
		}
		if b.hopeless() != (i+1 >= hopelessAfter) {
			t.Errorf("after %d failures hopeless is %v", i+1, b.hopeless())
		}
		now = b.next
	}
	now = now.Add(-8 * time.Second)
	want := "worker could not be started: exited with status 1; next attempt in 8s"
	if err := b.refuse(now); err == nil || err.Error() != want {
		t.Errorf("refused with %v, want %q", err, want)
	}
	b.reset()
	if b.hopeless() || b.refuse(now) != nil {
		t.Error("a worker that was ready does not end the backoff")
	}
}
