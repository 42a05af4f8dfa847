package socketio

import (
	"errors"
	"slices"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/sockethub/sockethub/engineio"
	"github.com/sockethub/sockethub/engineio/websocket"
)

// client is an Engine.IO session and the sockets that it has in namespaces. Its
// fields belong to the goroutine that reads the session, but for those before
// the blank line.
type client struct {
	server  *Server
	session *engineio.Session
	gone    string      // without a session, its id: it had asked something before a handover
	kicked  atomic.Bool // the whole session was disconnected on purpose: nobody comes back

	timer   *time.Timer // ends a session that connects to no namespace; nil once it has
	sockets []*Socket   // nearly always one

	binary      *Packet  // whose attachments are still arriving; nil: none
	attachments [][]byte // of it, so far
}

// open is called by engineio for each session.
func (s *Server) open(session *engineio.Session) engineio.Receiver {
	s.arrived()
	c := &client{server: s, session: session}
	c.timer = time.AfterFunc(s.opts.ConnectTimeout, func() { session.Close(engineio.ForcedClose) })
	return c
}

var (
	errPlace  = errors.New("an attachment out of place")
	errUTF8   = errors.New("not UTF-8")
	errTwice  = errors.New("connected twice")
	errNobody = errors.New("not connected to the namespace")
)

// Message takes an Engine.IO message: a packet, or one of its attachments.
func (c *client) Message(data []byte, binary bool) {
	if err := c.message(data, binary); err != nil {
		c.server.log.Debug("packet refused", "error", err)
		c.session.Close(engineio.ForcedClose)
	}
}

func (c *client) message(data []byte, binary bool) error {
	if binary != (c.binary != nil) {
		return errPlace
	}
	if binary {
		return c.attachment(data)
	}
	// Arguments are passed on as they are, maybe to a browser, which would end
	// its own connection over text that is not UTF-8.
	if !utf8.Valid(data) {
		return errUTF8
	}
	p, err := Decode(data)
	if err != nil {
		return err
	}
	if p.Attachments > c.server.opts.MaxAttachments {
		return errAttachments
	}
	if p.Attachments > 0 {
		held := p // p itself would be on the heap for every packet
		held.Data = slices.Clone(p.Data)
		c.binary = &held
		return nil
	}
	return c.packet(&p, nil)
}

func (c *client) attachment(data []byte) error {
	c.attachments = append(c.attachments, slices.Clone(data))
	if len(c.attachments) < c.binary.Attachments {
		return nil
	}
	p, attachments := c.binary, c.attachments
	c.binary, c.attachments = nil, nil
	return c.packet(p, attachments)
}

// packet handles a whole packet.
func (c *client) packet(p *Packet, attachments [][]byte) error {
	s := c.socket(p.Namespace)
	if p.Type == Connect {
		if s != nil && s.of(c) {
			return errTwice
		}
		c.drop(s)
		return c.connect(p)
	}
	if s == nil {
		return errNobody
	}
	if !s.of(c) {
		return nil // it was under way when the server disconnected the socket
	}
	switch p.Type {
	case Disconnect:
		if len(p.Data) > 0 {
			return errPacket
		}
		c.drop(s)
		s.leave("client namespace disconnect", false)
		return nil
	case Event, BinaryEvent:
		return c.takeEvent(s, p, attachments)
	case AckPacket, BinaryAck:
		args, err := splitArray(nil, p.Data, len(attachments))
		if err == nil && p.HasID {
			s.acknowledged(p.ID, args, attachments)
		}
		return err
	}
	return errPacket
}

// socket returns the client's socket in a namespace: it may be one that the
// server has disconnected meanwhile.
func (c *client) socket(namespace string) *Socket {
	for _, s := range c.sockets {
		if s.namespace.name == namespace {
			return s
		}
	}
	return nil
}

func (c *client) drop(s *Socket) {
	c.sockets = slices.DeleteFunc(c.sockets, func(other *Socket) bool { return other == s })
}

// connect lets a client into a namespace, or back to the socket that it had.
func (c *client) connect(p *Packet) error {
	if len(p.Data) > 0 && !isObject(p.Data) {
		return errPacket
	}
	auth := slices.Clone(p.Data)
	n, err := c.server.acquire(p.Namespace, auth)
	if err != nil {
		c.refuse(p.Namespace, err)
		return nil
	}
	defer c.server.disuse(n)
	if s := c.comeBack(n, auth); s != nil {
		c.stay(s)
		s.recovered()
		return nil
	}
	s := newSocket(c, n, auth)
	if err := s.ask(); err != nil {
		s.refused()
		c.refuse(p.Namespace, err)
		return nil
	}
	if !s.welcome() {
		c.refuse(p.Namespace, errDisconnected)
		return nil
	}
	c.stay(s)
	// Naive clients that wait for this answer miss what arrives with it.
	c.session.Drain()
	s.connected()
	return nil
}

// stay notes a socket that the client has now.
func (c *client) stay(s *Socket) {
	c.stopTimer()
	c.sockets = append(c.sockets, s)
}

func (c *client) stopTimer() {
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
}

func (c *client) refuse(namespace string, err error) {
	data := appendText([]byte(`{"message":`), err.Error())
	var refusal *ConnectRefusal
	if errors.As(err, &refusal) && len(refusal.Data) > 0 {
		data = append(append(data, `,"data":`...), refusal.Data...)
	}
	p := Packet{Type: ConnectError, Namespace: namespace, Data: append(data, '}')}
	c.session.Send(AppendPacket(nil, &p), false)
}

// Closed is called by engineio when the session has ended.
func (c *client) Closed(reason engineio.Reason, err error) {
	c.stopTimer()
	if errors.Is(err, websocket.ErrSlow) {
		c.server.log.Warn("disconnected a client that does not read", "error", err)
	}
	for _, s := range c.sockets {
		if c.kicked.Load() {
			s.leave(serverDisconnect, false)
		} else {
			s.leave(string(reason), true)
		}
	}
	c.sockets, c.attachments = nil, nil
	c.server.departed()
}
