package socketio

import "runtime/debug"

// contain is deferred around each handler. A panic is logged; the socket, whose
// state nobody knows any more, is disconnected and so is its whole session. One
// that has not been let in yet is refused by the caller.
func (s *Server) contain(handler string, socket *Socket) {
	r := recover()
	if r == nil {
		return
	}
	id := ""
	if socket != nil {
		id = socket.id
	}
	s.log.Error("panic in a socket.io handler", "handler", handler, "socket", id, "panic", r, "stack", string(debug.Stack()))
	if socket != nil && !socket.isConnecting() {
		socket.Disconnect(true)
	}
}
