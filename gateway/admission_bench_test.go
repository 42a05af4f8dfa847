package gateway

import (
	"net/http"
	"testing"
	"time"

	"github.com/sockethub/sockethub/ratelimit"
)

// What a try with a wrong token costs the server and the client together, by each
// way in and up to the refusal; once an address is kept out, its handshake is
// refused before anything of a session exists.
func BenchmarkRefusedTry(b *testing.B) {
	wrong := "Authorization: Bearer Vh4mPz0qGv6mN1pYw3bXk8sRt5uJ2cLd7eFhQaZxCv0"
	always := ratelimit.Limit{Max: 1 << 30, Window: time.Minute}
	b.Run("WebSocket", func(b *testing.B) {
		l := startLocked(b, always, func(o *Options) { o.Limits.HandshakesPerSecond = 1 << 30 })
		for b.Loop() {
			c := openWebSocket(b, l.address, wrong)
			c.write("40")
			if got := c.read(); got != "44"+refusedText {
				b.Fatal(got)
			}
			c.conn.Close()
		}
	})
	b.Run("action", func(b *testing.B) {
		l := startLocked(b, always, nil)
		for b.Loop() {
			if response, _ := l.request("GET", "/sockethub-http/nobodys", "", wrong); response.StatusCode != http.StatusUnauthorized {
				b.Fatal(response.Status)
			}
		}
	})
	b.Run("kept out", func(b *testing.B) {
		l := startLocked(b, ratelimit.Limit{Max: 1, Window: time.Hour, Block: time.Hour}, nil)
		l.request("GET", "/sockethub-http/nobodys", "", wrong)
		for b.Loop() {
			if response, _ := l.request("GET", "/sockethub/?EIO=4&transport=polling", "", wrong); response.StatusCode != http.StatusTooManyRequests {
				b.Fatal(response.Status)
			}
		}
	})
}
