package gateway

import (
	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/socketio"
)

// schemas answers with the registry: what a client library needs to build and
// check messages, and what answers look like. A client that names the fingerprint
// of what it already holds gets
//
//	43N[{"fingerprint":"767cfb44151019f2","unchanged":true}]
//
// The first string among the arguments is the fingerprint; all else is ignored.
// Without an acknowledgement the answer is an event of the same name.
func (s *session) schemas(e *socketio.EventPacket) {
	registry := s.gateway.registryFor(s.token)
	reply := registry.Payload()
	for _, arg := range e.Args {
		if len(arg) == 0 || arg[0] != '"' {
			continue
		}
		if v, err := activity.Parse(arg); err == nil && v == registry.Fingerprint() {
			reply = registry.Unchanged()
		}
		break
	}
	if e.Ack.Wanted() {
		e.Ack.Send(reply)
		return
	}
	s.socket.Emit("schemas", reply)
}
