// Package socketio speaks Socket.IO protocol revision 5: events with
// acknowledgements, in namespaces, over Engine.IO sessions.
//
//	C> 40{"token":"…"}                      connect to the namespace "/", with auth
//	S> 40{"sid":"CtNYikrk8T46jpLvAAA1"}
//	C> 42/chat,7["say","hi"]                an event on "/chat" that wants an acknowledgement
//	S> 43/chat,7[true]                      which is this
//	S> 451-["file",{"_placeholder":true,"num":0}]
//	S> (a binary message)                   the attachment that the event announced
//	C> 41                                   leave the namespace
//
// (Each packet is an Engine.IO message, whose type "4" is the first character.)
//
// Arguments are raw JSON in both directions: nothing is decoded that a handler
// does not look at. A chat server:
//
//	func newChat() (http.Handler, error) {
//		server, err := socketio.New(socketio.Options{})
//		if err != nil {
//			return nil, err
//		}
//		chat := server.Of("/chat")
//		chat.OnConnect(func(s *socketio.Socket) error {
//			var auth struct{ Name string }
//			if json.Unmarshal(s.Auth(), &auth); auth.Name == "" {
//				return errors.New("who are you?")
//			}
//			name, err := json.Marshal(auth.Name)
//			s.Data = name
//			return err
//		})
//		chat.OnConnected(func(s *socketio.Socket) {
//			chat.To().Except(s).Emit("joined", s.Data.([]byte))
//		})
//		chat.OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) {
//			if e.Name == "say" && len(e.Args) == 1 {
//				chat.To().Except(s).Emit("said", s.Data.([]byte), e.Args[0])
//				e.Ack.Send([]byte("true"))
//			}
//		})
//		chat.OnDisconnect(func(s *socketio.Socket, reason string) {
//			chat.To().Emit("left", s.Data.([]byte))
//		})
//		return server, nil
//	}
//
// Read packet.go first, then server.go, client.go, socket.go, recovery.go
// and answer.go.
//
// Handlers run on the goroutine that reads a client's packets, one at a time
// and in order; Socket.Context ends with the client. One that waits for
// something calls Session().Flush first. Any goroutine may emit. OnDisconnect
// and OnRelease run where a socket ends: where its session is read, where
// Disconnect is called, or on a timer. A session has no goroutine of this
// package, and one timer until it has connected. Locks, outer first: Server.mu,
// Namespace.mu, Socket.mu, then those of engineio. None is held while a handler
// runs.
package socketio
