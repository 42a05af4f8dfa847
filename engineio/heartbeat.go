package engineio

import "time"

// The server pings and the client answers. One timer of each session serves
// for both waits: until the next ping, and for its pong.

// startHeartbeat begins the wait for the first ping.
func (s *Session) startHeartbeat() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == sessionOpen {
		s.timer = time.AfterFunc(s.server.opts.PingInterval, s.beat)
	}
}

// beat runs when the timer fires.
func (s *Session) beat() {
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
	s.pinged = true
	s.timer.Reset(s.server.opts.PingTimeout)
	s.send(packet{kind: pingPacket})
	s.mu.Unlock()
}

// pong takes the client's answer.
func (s *Session) pong() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == sessionOpen && s.timer != nil {
		s.pinged = false
		s.timer.Reset(s.server.opts.PingInterval)
	}
}
