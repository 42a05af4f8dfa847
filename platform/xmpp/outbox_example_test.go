package xmpp

import (
	"fmt"
	"net"
	"time"

	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// printer is a connection that prints what is sent.
type printer struct{ net.Conn }

func (printer) Write(b []byte) (int, error)      { fmt.Printf("> %s\n", b); return len(b), nil }
func (printer) SetWriteDeadline(time.Time) error { return nil }

// A connection is cut and made again: what the server has not counted is sent once
// more, and nothing else.
func Example_streamManagement() {
	var out outbox
	out.open(newLink(printer{}, nil), true)
	out.enabled(xml.New("enabled", "id", "s7", "resume", "true"))
	job := &wait{}
	out.send(job, xml.New("message", "to", "otto@quay.example", "id", "m1").Add(xml.NewText("body", "one")))
	out.send(job, xml.New("message", "to", "otto@quay.example", "id", "m2").Add(xml.NewText("body", "two")))
	out.count() // a stanza of the server's
	out.acknowledged("1")
	out.closed()

	id, received := out.resumption()
	fmt.Printf("previd %s, h %d\n", id, received)
	out.acknowledged("1") // of <resumed/>
	out.resume(newLink(printer{}, nil))
	done, _ := out.acknowledged("2")
	fmt.Println(len(done), "done")
	// Output:
	// > <enable xmlns="urn:xmpp:sm:3" resume="true"/>
	// > <message to="otto@quay.example" id="m1"><body>one</body></message><r xmlns="urn:xmpp:sm:3"/>
	// > <message to="otto@quay.example" id="m2"><body>two</body></message><r xmlns="urn:xmpp:sm:3"/>
	// previd s7, h 1
	// > <message to="otto@quay.example" id="m2"><body>two</body></message><r xmlns="urn:xmpp:sm:3"/>
	// 1 done
}
