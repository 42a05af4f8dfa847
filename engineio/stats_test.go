package engineio_test

import (
	"testing"
	"testing/synctest"

	"github.com/sockethub/sockethub/engineio"
)

// What went either way is counted where it went, and an upgraded session where
// it is now.
func TestStats(t *testing.T) {
	inBubble(t, engineio.Options{}, func(t *testing.T, b *bench) {
		expect := func(when string, want engineio.Stats) {
			t.Helper()
			synctest.Wait()
			if got := b.engine.Stats(); got != want {
				t.Errorf("%s: %+v, want %+v", when, got, want)
			}
		}
		expect("before", engineio.Stats{})
		open := b.get(pollingPath).body
		path := pollingPath + "&sid=" + sid(t, open)
		r := <-b.opened
		want := engineio.Stats{Polling: engineio.TransportStats{Sessions: 1, Out: uint64(len(open))}}
		expect("opened", want)

		b.post(path, "4hello\x1e4you")
		want.Polling.In += uint64(len("4hello\x1e4you"))
		expect("posted", want)

		r.session.Send([]byte("one"), false)
		r.session.Send([]byte{3}, true)
		b.expectBody("4one\x1ebAw==", b.get(path))
		want.Polling.Out += uint64(len("4one\x1ebAw=="))
		expect("polled", want)

		w := b.upgrade(path)
		synctest.Wait()
		want.WebSocket.Sessions, want.Polling.Sessions = 1, 0
		want.Polling.Out = b.engine.Stats().Polling.Out // a GET may have been released meanwhile
		expect("upgraded", want)

		r.session.Send([]byte("one"), false)
		r.session.SendAll(engineio.Packet{Data: []byte{3}, Binary: true})
		r.session.SendPrepared(engineio.Prepare([]byte("four"), false))
		w.send("4hello")
		want.WebSocket.Out += uint64(len("4one") + 1 + len("4four"))
		want.WebSocket.In += uint64(len("4hello"))
		expect("on the WebSocket", want)

		w.conn.Close()
		r.ended(t, engineio.TransportClose)
		want.WebSocket.Sessions = 0
		expect("gone", want)

		w = b.mustOpen(webSocketPath)
		f, _ := w.next()
		want.WebSocket.Sessions, want.WebSocket.Out = 1, want.WebSocket.Out+uint64(len(f.payload))
		expect("begun with a WebSocket", want)
		w.conn.Close()
		r = <-b.opened
		r.ended(t, engineio.TransportClose)
	})
}
