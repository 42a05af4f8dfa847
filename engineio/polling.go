package engineio

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// openPolling answers the handshake of a polling session.
func (s *Server) openPolling(w http.ResponseWriter, r *http.Request, query url.Values) {
	session, refused := s.newSession(r)
	if refused != nil {
		s.refuse(w, r, refused)
		return
	}
	if query.Has("j") {
		session.jsonp = jsonpHead(query.Get("j"))
	}
	session.wake = make(chan struct{}, 1)
	s.setCookie(w, session)
	if session.open() {
		session.startHeartbeat()
	}
	session.respond(w, r, appendPayload(nil, packet{openPacket, session.openJSON(true)}))
}

func (s *Server) setCookie(w http.ResponseWriter, session *Session) {
	if s.opts.Cookie != nil {
		cookie := *s.opts.Cookie
		cookie.Value = session.id
		http.SetCookie(w, &cookie)
	}
}

// poll answers a request of a polling session.
func (s *Session) poll(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		s.get(w, r)
	case http.MethodPost:
		s.post(w, r)
	default:
		leaveBody(w, r)
		s.server.reply(w, http.StatusInternalServerError, nil)
	}
}

// get answers with the packets that wait for the client, or waits for one.
func (s *Session) get(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	busy := s.waiting
	s.waiting = true
	if s.polled != nil {
		close(s.polled)
		s.polled = nil
	}
	if !busy {
		s.proven = max(s.proven, s.fetched)
	}
	s.mu.Unlock()
	if busy {
		s.end(TransportError, errors.New("two GETs at once"))
		s.server.reply(w, http.StatusBadRequest, nil)
		return
	}
	// It may wait longer than the HTTP server lets a request take, which is
	// for headers and bodies that do not come.
	http.NewResponseController(w).SetReadDeadline(time.Time{})
	var body []byte
	over, moved := false, s.finishesUpgrade(r)
	if !moved {
		body, over = s.await(r)
	}
	s.mu.Lock()
	s.waiting = false
	s.mu.Unlock()
	if moved {
		s.server.refuse(w, r, errBadRequest)
		return
	}
	if over {
		s.server.forget(s)
	}
	if body == nil {
		s.end(TransportError, r.Context().Err())
		return
	}
	if err := s.respond(w, r, body); err != nil {
		s.end(TransportError, err) // what the body held is lost
	}
}

// upgradeGrace is how long a GET waits that comes between the answer to a probe and
// the end of the upgrade: what ends it may have overtaken the GET.
const upgradeGrace = 100 * time.Millisecond

// finishesUpgrade reports whether the session moves to a WebSocket while a GET
// comes that was sent later: it is refused as all are that come behind.
func (s *Session) finishesUpgrade(r *http.Request) bool {
	var grace <-chan time.Time
	for {
		s.mu.Lock()
		moved, probed := s.ws != nil, s.probed && s.state == sessionOpen
		s.mu.Unlock()
		if moved || !probed {
			return moved
		}
		if grace == nil {
			timer := time.NewTimer(upgradeGrace)
			defer timer.Stop()
			grace = timer.C
		}
		select {
		case <-s.wake: // await looks before it waits
		case <-grace:
			return false
		case <-r.Context().Done():
			return false
		}
	}
}

// closeGrace is how long a client's close waits for the GET that the client sent
// together with it, on another connection: the close may have overtaken it.
const closeGrace = 50 * time.Millisecond

// awaitPoll returns when a polling client's GET is there, or has had its time.
func (s *Session) awaitPoll() {
	s.mu.Lock()
	if s.ws != nil || s.waiting || s.state != sessionOpen {
		s.mu.Unlock()
		return
	}
	polled := make(chan struct{})
	s.polled = polled
	s.mu.Unlock()
	timer := time.NewTimer(closeGrace)
	defer timer.Stop()
	select {
	case <-polled:
	case <-timer.C:
	}
}

// maxPollPackets bounds the packets of one answer: python-engineio refuses a
// payload that has more.
const maxPollPackets = 16

// await returns the body of a GET, nil when the client went away. It reports
// whether the session is over with it.
func (s *Session) await(r *http.Request) (body []byte, over bool) {
	for {
		s.mu.Lock()
		body = s.fetch()
		switch {
		case s.state == sessionClosing && len(s.pending) > 0:
			// The close comes with the last of them.
		case s.state == sessionClosing:
			s.state = sessionClosed
			s.timer.Stop()
			if body == nil {
				body = appendPayload(body, packet{kind: noopPacket})
			}
			body, over = appendPayload(body, packet{kind: closePacket}), true
		case s.state == sessionClosed:
			body = appendPayload(body, packet{kind: s.farewell})
		case body == nil && (s.probed || s.ws != nil || s.server.frozen.Load()):
			body = appendPayload(body, packet{kind: noopPacket}) // lets the client go over
		}
		s.mu.Unlock()
		if body != nil {
			return body, over
		}
		select {
		case <-s.wake:
		case <-r.Context().Done():
			return nil, false
		}
	}
}

// fetch takes the packets that wait for a client, as many as an answer may have:
// one fewer where a close goes with them. mu is held.
func (s *Session) fetch() (body []byte) {
	n := len(s.pending)
	if s.state == sessionOpen {
		n = min(n, maxPollPackets)
	} else if n >= maxPollPackets {
		n = maxPollPackets - 1
	}
	for _, p := range s.pending[:n] {
		s.waits(-int64(len(p.data)) - packetSize)
		body = appendPayload(body, p)
		if p.kind == messagePacket || p.kind == binaryPacket {
			s.fetched++
		}
	}
	if s.pending = s.pending[n:]; len(s.pending) == 0 {
		s.pending = nil
	}
	return body
}

// post takes the packets of a client.
func (s *Session) post(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	busy := s.posting
	s.posting = true
	s.mu.Unlock()
	if busy {
		s.end(TransportError, errors.New("two POSTs at once"))
		leaveBody(w, r)
		s.server.reply(w, http.StatusBadRequest, nil)
		return
	}
	status := s.takeBody(w, r)
	s.mu.Lock()
	s.posting = false
	s.mu.Unlock()
	if status != http.StatusOK {
		leaveBody(w, r)
		s.server.reply(w, status, nil)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html")
	h.Set("Cache-Control", "no-store")
	s.server.reply(w, status, []byte("ok"))
}

// takeBody takes the packets of a POST and returns the status that answers it.
func (s *Session) takeBody(w http.ResponseWriter, r *http.Request) int {
	if r.Header.Get("Content-Type") == "application/octet-stream" {
		s.end(TransportError, errors.New("a body of application/octet-stream"))
		return http.StatusBadRequest
	}
	body, status := s.body(w, r)
	if status != http.StatusOK {
		return status
	}
	s.server.polling.in.Add(uint64(len(body)))
	if s.jsonp != "" {
		body = formData(body)
	}
	s.receiving.Lock()
	defer s.receiving.Unlock()
	s.gather(true)
	defer s.gather(false)
	if err := parsePayload(body, s.take); err != nil {
		s.end(ParseError, err)
	}
	return status
}

// gather holds back what is sent until all packets of a POST have been taken.
func (s *Session) gather(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gathering = on
	if !on && len(s.pending) > 0 {
		s.wakeUp()
	}
}

// body reads a request's body, within the limits of size and time: ServeHTTP has
// set the deadline.
func (s *Session) body(w http.ResponseWriter, r *http.Request) ([]byte, int) {
	limit := s.server.opts.MaxPayload
	if r.ContentLength > limit {
		return nil, http.StatusRequestEntityTooLarge
	}
	var body []byte
	var err error
	thawed := s.server.aside(r.Context(), func() { body, err = io.ReadAll(io.LimitReader(r.Body, limit+1)) })
	switch {
	case !thawed:
		return nil, http.StatusRequestTimeout // the client has given up; the session is where it was
	case err != nil:
		s.end(TransportError, err)
		return nil, http.StatusRequestTimeout
	case int64(len(body)) > limit:
		return nil, http.StatusRequestEntityTooLarge
	}
	http.NewResponseController(w).SetReadDeadline(time.Time{})
	return body, http.StatusOK
}

// respond sends a payload.
func (s *Session) respond(w http.ResponseWriter, r *http.Request, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	h.Set("Cache-Control", "no-store")
	if agent := r.UserAgent(); strings.Contains(agent, ";MSIE") || strings.Contains(agent, "Trident/") {
		h.Set("X-XSS-Protection", "0")
	}
	if s.jsonp != "" {
		body = appendJSONP([]byte(s.jsonp), body)
	}
	s.server.polling.out.Add(uint64(len(body)))
	if len(body) > compressThreshold {
		if coding := acceptedCoding(r.Header); coding != "" {
			h.Set("Content-Encoding", coding)
			body = compress(coding, body)
		}
	}
	return s.server.reply(w, http.StatusOK, body)
}
