package engineio

import "time"

// The server pings and the client answers. One timer of each session serves
// for both waits: until the next ping, and for its pong.

// startHeartbeat begins the wait for the first ping.
func (s *Session) startHeartbeat() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == sessionOpen {
		s.beatAfter(s.server.opts.PingInterval)
	}
}

// beatAfter sets the timer; mu is held.
func (s *Session) beatAfter(d time.Duration) {
	s.due = time.Since(s.server.began) + d
	if s.timer == nil {
		s.timer = time.AfterFunc(d, s.beat)
		return
	}
	s.timer.Reset(d)
}

// pongGrace is how long a pong may take at least after the server has stood still.
const pongGrace = time.Second

// untilBeat is when the timer fires, seen from now; mu is held.
func (s *Session) untilBeat() time.Duration {
	d := max(0, s.due-time.Since(s.server.began))
	if s.pinged {
		d = max(d, pongGrace)
	}
	return d
}

// beat runs when the timer fires.
func (s *Session) beat() {
	if !s.server.begin() {
		return // Thaw sets the timer
	}
	defer s.server.finish()
	s.mu.Lock()
	if s.state != sessionOpen {
		s.mu.Unlock()
		return
	}
	if s.pinged {
		s.mu.Unlock()
		s.end(PingTimeout, nil)
		return
	}
	s.ping()
	s.mu.Unlock()
}

// ping sends a ping and waits for its pong; mu is held.
func (s *Session) ping() {
	s.pinged, s.asked = true, s.sent
	s.beatAfter(s.server.opts.PingTimeout)
	s.send(packet{kind: pingPacket})
}

// pong takes the client's answer.
func (s *Session) pong() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == sessionOpen && s.timer != nil {
		if s.pinged {
			s.proven = max(s.proven, s.asked)
		}
		s.pinged, s.hurried = false, false
		s.beatAfter(s.server.opts.PingInterval)
	}
}

// Sent returns how many messages were sent, attachments included. The last of
// them has that number.
func (s *Session) Sent() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

// Read returns up to which number the client has read the messages for certain:
// it has answered a ping that came after them, or asked for the payload after the
// one that they were in. That something else came from it proves nothing, since it
// may have been sent before.
func (s *Session) Read() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proven
}

// probeDelay is how soon Probe has a client asked. More often would cost more than
// the certainty is worth.
const probeDelay = time.Second

// Probe has the next ping sent soon, so that Read comes to what was sent up to then.
func (s *Session) Probe() {
	s.mu.Lock()
	defer s.mu.Unlock()
	// A client that polls shows with each GET what it has read.
	if s.state != sessionOpen || s.ws == nil || s.timer == nil || s.pinged || s.hurried || s.server.opts.PingInterval <= probeDelay {
		return
	}
	s.hurried = true
	s.beatAfter(probeDelay)
}

// Ask is Probe at once, for a session that is about to be closed.
func (s *Session) Ask() {
	s.mu.Lock()
	defer s.mu.Unlock()
	// A timer that has fired sends a ping anyway.
	if s.state == sessionOpen && s.ws != nil && s.timer != nil && !s.pinged && s.timer.Stop() {
		s.ping()
	}
}
