package e2e

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Two hundred clients that send echoes at a steady rate, alone and beside one
// that floods: the rate limiter keeps what they notice of it small.
//
//	p99-ms     of their echoes alone
//	flooded-ms the same beside the flooder
//	refused-%  of what the flooder sent
func BenchmarkFlooder(b *testing.B) {
	s := startServer(b, map[string]any{
		"rateLimiter": map[string]any{"maxConnectionsPerIp": 0},
		"logging":     map[string]any{"file": "", "level": "error"},
		"platforms":   []string{"dummy"},
	})
	const clients, each, interval = 200, 40, 50 * time.Millisecond
	crowd := make([]*rawClient, clients)
	for i := range crowd {
		crowd[i] = s.dialRaw()
		crowd[i].write(message(b, 0, dummy("echo", "x")))
		crowd[i].await("430[")
	}
	round := func() time.Duration {
		var mu sync.Mutex
		var times []time.Duration
		var group sync.WaitGroup
		for n, c := range crowd {
			group.Go(func() {
				time.Sleep(interval * time.Duration(n) / clients) // not all at the same moment
				tick := time.NewTicker(interval)
				defer tick.Stop()
				for i := range each {
					began := time.Now()
					if err := c.echo(message(b, i, dummy("echo", "x")), fmt.Sprintf("43%d[", i)); err != nil {
						b.Errorf("client %d: %v", n, err)
						return
					}
					mu.Lock()
					times = append(times, time.Since(began))
					mu.Unlock()
					<-tick.C
				}
			})
		}
		group.Wait()
		slices.Sort(times)
		return times[len(times)*99/100]
	}
	var alone, flooded time.Duration
	var sent, refused int
	for b.Loop() {
		alone += round()
		flooder := s.dialRaw()
		text := message(b, 1, dummy("echo", "flood"))
		var flood sync.WaitGroup
		stop := make(chan struct{})
		flood.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if flooder.write(text) != nil {
						return
					}
					sent++
				}
			}
		})
		flood.Go(func() {
			for {
				_, payload, err := flooder.read()
				if err != nil {
					return
				}
				if strings.Contains(string(payload), "rate_limited") {
					refused++
				}
			}
		})
		flooded += round()
		close(stop)
		flooder.conn.Close()
		flood.Wait()
	}
	b.ReportMetric(alone.Seconds()*1000/float64(b.N), "p99-ms")
	b.ReportMetric(flooded.Seconds()*1000/float64(b.N), "flooded-ms")
	b.ReportMetric(100*float64(refused)/float64(max(sent, 1)), "refused-%")
}

// echo sends a packet and reads until one that begins with prefix.
func (c *rawClient) echo(packet, prefix string) error {
	if err := c.write(packet); err != nil {
		return err
	}
	for {
		_, payload, err := c.read()
		if err != nil {
			return err
		}
		if strings.HasPrefix(string(payload), prefix) {
			if strings.Contains(string(payload), `"error"`) {
				return errors.New(string(payload))
			}
			return nil
		}
	}
}
