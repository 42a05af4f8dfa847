package gateway

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/auth"
	"github.com/sockethub/sockethub/engineio"
	"github.com/sockethub/sockethub/engineio/websocket"
	"github.com/sockethub/sockethub/remote"
	"github.com/sockethub/sockethub/socketio"
)

// handshake is what is kept of the HTTP request that opened a session.
type handshake struct {
	address string            // the client's
	browser bool              // it came from a page, or from our script
	budget  *websocket.Budget // what its address may have waiting
	token   auth.Digest       // of the header Authorization

	// forwarded is set when a proxy sent it, and that the address is nevertheless the
	// peer's: no proxy is trusted.
	forwarded bool
}

var errTooManyHandshakes = &engineio.RefuseError{Status: http.StatusTooManyRequests, Code: 4, Message: "Too many connections, please try again later"}

var errDraining = &engineio.RefuseError{Status: http.StatusServiceUnavailable, Code: 4, Message: "Server is shutting down"}

// handshake is asked by engineio for each new session.
func (g *Gateway) handshake(r *http.Request) (any, error) {
	if g.draining.Load() {
		g.opts.Metrics.Rejected("draining")
		return nil, errDraining
	}
	h := &handshake{
		address: g.opts.ClientAddress(r),
		browser: fromBrowser(r) || r.URL.Query().Has("recovery"),
	}
	h.forwarded = h.address == remote.Proxies{}.Client(r) && isForwarded(r)
	if g.opts.Auth != nil {
		if g.opts.Auth.Blocked(h.address) > 0 {
			g.opts.Metrics.Rejected("token")
			return nil, errTooManyHandshakes
		}
		h.token = auth.Bearer(r)
	}
	if limit := g.limits.Load().HandshakesPerSecond; limit > 0 && g.handshaken(r.Context(), h.address) > limit {
		g.opts.Metrics.Rejected("handshakes")
		return nil, errTooManyHandshakes
	}
	// One too many is told so once it has joined, see connected. Before that
	// there may be as many again: those that never join are not to be forgotten.
	if !g.opened.add(h.address, 2*g.limits.Load().ConnectionsPerAddress) {
		g.opts.Metrics.Rejected("address")
		return nil, errTooManyHandshakes
	}
	h.budget = g.budgets.take(h.address)
	return h, nil
}

// handshakeEnded is told when nothing is left of a session.
func (g *Gateway) handshakeEnded(value any) {
	h := value.(*handshake)
	g.opened.remove(h.address)
	g.budgets.release(h.address)
}

// isForwarded reports whether a request came by a proxy: it has one of the headers
// that proxies add, or no address, as on a Unix socket.
func isForwarded(r *http.Request) bool {
	if _, err := netip.ParseAddrPort(r.RemoteAddr); err != nil {
		return true
	}
	for _, name := range []string{"Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip"} {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Forwarded-") { // For, Proto, Host, …
			return true
		}
	}
	return false
}

// handshaken counts a handshake of an address within its second.
func (g *Gateway) handshaken(ctx context.Context, address string) int {
	count, _ := g.handshakes.Count(ctx, remote.Subscriber(address), time.Second) // memory does not fail
	return count.Used
}

// fromBrowser reports whether a page sent a request. The Sec-Fetch headers alone
// do not show it: Chromium leaves them out of WebSocket handshakes, and of everything
// that goes to a server which is neither localhost nor encrypted. What all
// browsers send is the User-Agent that begins with Mozilla and the languages
// of the person; programs in other languages send neither, and those that
// borrow a browser's name leave the languages out.
func fromBrowser(r *http.Request) bool {
	if r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Sec-Fetch-Mode") != "" {
		return true
	}
	return strings.HasPrefix(r.UserAgent(), "Mozilla/") && r.Header.Get("Accept-Language") != ""
}

// wantsOffsets decides who gets an offset with each event, which is an extra
// argument: pages, since JavaScript overlooks it, and clients that ask for it: our
// socket.io.js with the query parameter "recovery" of its handshake, others with
// "recovery":true or a "pid" in the auth payload.
func wantsOffsets(s *socketio.Socket) bool {
	if h, ok := s.Session().Value().(*handshake); ok && h.browser {
		return true
	}
	payload, err := activity.ParseObject(s.Auth())
	return err == nil && (comesBack(payload) || payload.Get("recovery") == true)
}

// subscriberOf names whom a socket that has lost its client counts for.
func subscriberOf(s *socketio.Socket) string {
	if client, ok := s.Data.(*session); ok {
		return client.owner.Address
	}
	return ""
}

// recoverable is how many clients of an address may be away at a time: three
// times as many as may be there. With no limit on these there is none on those.
func (g *Gateway) recoverable() int { return 3 * g.limits.Load().ConnectionsPerAddress }

// comesBack reports whether an auth payload names a session to be resumed.
func comesBack(payload *activity.Object) bool {
	_, back := payload.Get("pid").(string)
	return back
}

// connected takes a client into the default namespace. One too many of a
// subscriber is told so and sent away.
func (g *Gateway) connected(socket *socketio.Socket) {
	s := socket.Data.(*session)
	address := s.address
	if !g.addresses.add(address, g.limits.Load().ConnectionsPerAddress) {
		g.opts.Log.Warn("connection refused: too many of this address", "namespace", "server:core", "session", socket.ID())
		g.opts.Metrics.Rejected("address")
		socket.Emit("error", serverError(textAddressFull))
		socket.Disconnect(true)
		return
	}
	if !g.addresses.addToken(s.token, g.limits.Load().ConnectionsPerToken) {
		g.addresses.remove(address)
		g.denied(s.token, address, "connections of a token")
		g.opts.Metrics.Rejected("token")
		socket.Emit("error", serverError(textTokenFull))
		socket.Disconnect(true)
		return
	}
	s.joined = true
	g.mu.Lock()
	g.sessions[s.owner.ID] = s
	late := g.leaving
	g.mu.Unlock()
	if late {
		socket.Emit("closing", notice)
	}
	if payload, err := activity.ParseObject(socket.Auth()); err == nil && comesBack(payload) {
		g.opts.Metrics.Recovered("gone")
	}
	g.opts.Metrics.Opened(socket.Session().Transport(), g.sockets.Engine().Len())
	s.log().Debug("connected", "transport", socket.Session().Transport())
}

// joined returns the session of a socket, nil when it was one too many.
func joined(socket *socketio.Socket) *session {
	if s := socket.Data.(*session); s.joined {
		return s
	}
	return nil
}

// recovered takes back a client that had lost its transport. It was let in
// before: the limit on its address does not keep it out now.
func (g *Gateway) recovered(socket *socketio.Socket) {
	if s := joined(socket); s != nil {
		g.addresses.add(s.address, 0)
		g.addresses.addToken(s.token, 0)
		g.opts.Metrics.Recovered("recovered")
		g.opts.Metrics.Opened(socket.Session().Transport(), g.sockets.Engine().Len())
		s.log().Debug("recovered")
	}
}

// disconnected notes that a client's transport is gone; it may come back.
func (g *Gateway) disconnected(socket *socketio.Socket, reason string) {
	if s := joined(socket); s != nil {
		g.addresses.remove(s.address)
		g.addresses.removeToken(s.token)
		g.opts.Metrics.Closed(reason, g.sockets.Engine().Len())
		s.log().Debug("disconnected", "reason", reason, "recoverable", socket.Recoverable())
	}
}

// released ends a session for good.
func (g *Gateway) released(socket *socketio.Socket) {
	s := joined(socket)
	if s == nil {
		return
	}
	g.mu.Lock()
	delete(g.sessions, s.owner.ID)
	g.mu.Unlock()
	s.release()
}

// addresses counts the connections that subscribers and tokens have.
type addresses struct {
	mu   sync.Mutex // guards open
	open map[holder]int
}

// holder is who has connections: a subscriber, or a token by its name.
type holder struct{ subscriber, token string }

// add counts a connection of an address unless its subscriber has limit of them;
// 0 means no limit.
func (a *addresses) add(address string, limit int) bool {
	return a.count(holder{subscriber: remote.Subscriber(address)}, limit)
}

// addToken is add for a token; where none is needed there is nothing to count.
func (a *addresses) addToken(t *auth.Token, limit int) bool {
	return t == nil || a.count(holder{token: t.Name}, limit)
}

func (a *addresses) count(h holder, limit int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if limit > 0 && a.open[h] >= limit {
		return false
	}
	if a.open == nil {
		a.open = make(map[holder]int)
	}
	a.open[h]++
	return true
}

func (a *addresses) remove(address string) {
	a.discount(holder{subscriber: remote.Subscriber(address)})
}

func (a *addresses) removeToken(t *auth.Token) {
	if t != nil {
		a.discount(holder{token: t.Name})
	}
}

func (a *addresses) discount(h holder) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open[h]--; a.open[h] <= 0 {
		delete(a.open, h)
	}
}
