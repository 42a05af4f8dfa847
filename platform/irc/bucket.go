package irc

import "time"

// bucket holds back what would be taken for a flood: most lines may go out at
// once, then one each interval.
type bucket struct {
	most     float64
	interval time.Duration
	have     float64
	at       time.Time // when have was right; zero: full
}

func (b *bucket) reset() { b.at = time.Time{} }

// take takes n lines and returns how long to wait before they may go out. The
// debt stays: who comes next waits for all.
func (b *bucket) take(n int, now time.Time) time.Duration {
	b.fill(now)
	b.have -= float64(n)
	return b.debt()
}

// delay is how long n lines would take to go out.
func (b *bucket) delay(n int, now time.Time) time.Duration {
	later := *b
	return later.take(n, now)
}

func (b *bucket) fill(now time.Time) {
	if b.at.IsZero() {
		b.have = b.most
	} else {
		b.have = min(b.most, b.have+float64(now.Sub(b.at))/float64(b.interval))
	}
	b.at = now
}

func (b *bucket) debt() time.Duration {
	if b.have >= 0 {
		return 0
	}
	return time.Duration(-b.have * float64(b.interval))
}
