package socketio_test

import (
	"testing"
	"time"

	"github.com/sockethub/sockethub/socketio"
	"github.com/sockethub/sockethub/testdata/conformance/wire"
)

// An answer that its client may not have read comes again, with what was sent
// around it in order: as an event where the callback is gone, as the acknowledgement
// alone where it is kept.
func TestAnswersComeAgain(t *testing.T) {
	for name, keeps := range map[string]bool{"callbacks are gone": false, "callbacks are kept": true} {
		t.Run(name, func(t *testing.T) {
			r := startRecoverable(t, socketio.Recovery{Max: time.Hour})
			c := wire.WebSocket(t, r.url)
			id, pid, s := r.joined(t, c)
			c.Send(`427["ask"]`)
			read := await(t, "an event", r.events)
			c.Send(`428["ask"]`)
			unread := await(t, "an event", r.events)
			c.Send(`429["ask"]`)
			late := await(t, "an event", r.events)

			read.Deliver("answer", []byte(`"read"`))
			c.Match(`437\["read"\]`)
			s.Emit("one")
			at := c.Match(`42\["one","` + offset + `"\]`)
			unread.Deliver("answer", []byte(`"unread"`))
			s.Emit("two")
			c.Try("1")
			c.Close()
			r.expect(t, "disconnect "+id+" true")
			late.Deliver("answer", []byte(`"late"`))

			c = wire.WebSocket(t, r.url)
			if keeps {
				c.Send(`40{"pid":"` + pid + `","offset":"` + at[0] + at[1] + `","acks":"kept"}`)
				c.Expect(`40{"sid":"` + id + `","pid":"` + pid + `","seen":9}`)
			} else {
				c.Send(comeBack(pid, at[0]+at[1]))
				c.Expect(welcome(id, pid))
			}
			c.Expect(`438["unread"]`)
			if !keeps {
				c.Match(`42\["answer","unread","` + offset + `"\]`)
			}
			c.Match(`42\["two","` + offset + `"\]`)
			c.Expect(`439["late"]`)
			if !keeps {
				c.Match(`42\["answer","late","` + offset + `"\]`)
			}
			r.expect(t, "recover "+id)
		})
	}
}

// An answer for a connection that is gone reaches the next one, whose library knows
// nothing of it.
func TestAnswerAfterRecovery(t *testing.T) {
	r := startRecoverable(t, socketio.Recovery{Max: time.Hour})
	c := wire.WebSocket(t, r.url)
	id, pid, _ := r.joined(t, c)
	c.Send(`427["ask"]`)
	ask := await(t, "an event", r.events)
	c.Try("1")
	c.Close()
	r.expect(t, "disconnect "+id+" true")
	c = wire.WebSocket(t, r.url)
	c.Send(comeBack(pid, ""))
	c.Expect(welcome(id, pid))
	r.expect(t, "recover "+id)
	for range 2 { // only the first counts
		ask.Deliver("answer", []byte(`"late"`))
	}
	c.Expect(`437["late"]`)
	c.Match(`42\["answer","late","` + offset + `"\]`)
	c.Send(`428["ask"]`)
	answer := await(t, "an event", r.events)
	answer.Deliver("answer", []byte(`"soon"`))
	c.Expect(`438["soon"]`)
}
