package xmpp

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/middleware"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// wireReplay is a case being played: the steps of the server are said, each step of
// the client is waited for, and what comes of it is noted.
type wireReplay struct {
	t       *testing.T
	place   wirePlace
	server  *fakeServer
	client  *client
	host    *fakeHost
	login   *login    // nil before the first connect has succeeded
	conn    *wireConn // that the script is at
	conns   int       // that were accepted
	foreign bool      // the script is at a connection that ours never makes

	certificate *tls.Certificate
	raw         []string
	accounts    []string
	connect     <-chan answer // the pending connect, nil for none
	giveUp      context.CancelFunc
	over        bool      // it has failed
	pending     []wireJob // without an answer

	mu       sync.Mutex // guards the fields below
	did      did
	sentFrom int // stanzas that were sent on earlier connections
}

type wireJob struct {
	verb   string
	answer <-chan answer // nil before it is begun
}

// replayWire plays a case.
func replayWire(t *testing.T, c *wireCase) did {
	p := &wireReplay{t: t, place: wirePlaces[c.Name], host: newHost()}
	s := testSettings()
	s.firstRetry, s.joinSilence = 10*time.Millisecond, patience
	s.farewell = 100 * time.Millisecond
	p.arrange(&s)
	p.client = newClient(p.host, s)
	t.Cleanup(func() { stop(p.client) })
	for _, step := range c.Steps {
		if p.over && step["thrown"] == nil {
			break
		}
		p.step(c, step)
	}
	p.end()
	return p.did
}

// arrange prepares the place.
func (p *wireReplay) arrange(s *settings) {
	address := "127.0.0.1:0"
	if p.place.ipv6 {
		address = "[::1]:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		p.t.Skip(err) // a machine without IPv6
	}
	p.server = serveOn(p.t, l)
	if p.place.down {
		l.Close()
	}
	p.raw = p.place.raw
	if p.accounts = p.place.accounts; p.accounts == nil {
		p.accounts = []string{"mara@harbor.example"}
	}
	if p.place.zone != nil {
		s.resolver = p.place.zone(uint16(p.server.port)).resolver(p.t)
	}
	if p.place.certificate != "" {
		ca := newAuthority(p.t)
		if !p.place.unknown {
			*s = ca.trusting(*s)
		}
		certificate := ca.issue(p.t, p.place.certificate)
		p.certificate = &certificate
	}
}

func (p *wireReplay) step(c *wireCase, step map[string]any) {
	_, ofConn := step["conn"]
	switch {
	case step["tcp"] == "connected":
		// A connection that ours does not make: it has one, and that is enough.
		if p.foreign = p.isOnline(); !p.foreign {
			if !p.client.Initialised() {
				p.submit()
			}
			p.accept()
		}
	case ofConn && (p.foreign || p.conn == nil):
	case step["client"] != nil && !p.conn.bound.Load():
		p.hear(step["client"].(string))
	case step["server"] != nil:
		p.say(step["server"].(string))
	case step["tcp"] == "closed":
		p.cut(c)
	case step["done"] == "connect", step["thrown"] == "connect":
		p.submit()
		p.connected()
	case step["done"] != nil && c.Name != "online_stream_close": // nobody hears what is sent there
		p.do(step["done"].(string))
	}
}

// submit begins to connect, if nobody has.
func (p *wireReplay) submit() {
	if p.connect != nil {
		return
	}
	account, port := p.accounts[0], fmt.Sprint(p.server.port)
	if len(p.accounts) > 1 {
		p.accounts = p.accounts[1:]
	}
	j := job(p.t, `{"type":"connect","actor":{"id":"mara@harbor.example/web","type":"person"}}`)
	j.Credentials = credentialsFor(p.server.port, "")
	o := j.Credentials.Object("object")
	o.Set("userAddress", account)
	if p.place.noResource {
		o.Set("resource", "")
	}
	o.Set("password", "hunter3")
	if p.place.password != "" {
		o.Set("password", p.place.password)
	}
	if p.place.server != "" {
		o.Set("server", strings.ReplaceAll(p.place.server, "PORT", port))
	}
	if p.place.port {
		o.Set("port", float64(p.server.port))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	p.t.Cleanup(cancel)
	out := make(chan answer, 1)
	go func() {
		a, err := p.client.Do(ctx, j)
		out <- answer{a, err}
	}()
	p.connect, p.giveUp = out, cancel
}

// connected waits for the answer to a connect, and lets in who comes without a
// script.
func (p *wireReplay) connected() {
	switch {
	case p.connect == nil:
	case p.place.hangs:
		if p.place.asks {
			p.hear("more")
		}
		p.giveUp() // as the end of the time does
	case p.place.goesOn != "":
		p.letIn(p.place.goesOn)
		p.over = true
	}
	for p.connect != nil {
		select {
		case a := <-p.connect:
			p.connectAnswered(a)
		case conn := <-p.server.conns:
			p.take(conn)
			p.letIn("<?xml")
		case <-time.After(2 * patience):
			p.t.Fatal("connect is not answered")
		}
	}
}

func (p *wireReplay) connectAnswered(a answer) {
	p.did.answered("connect", strings.ReplaceAll(a.text(), fmt.Sprint(p.server.port), "PORT"))
	p.connect, p.over = nil, p.over || a.err != nil
	if l := p.client.current(); l != nil {
		p.login = l
	}
}

// accept takes the next connection, unless the login has failed.
func (p *wireReplay) accept() {
	select {
	case conn := <-p.server.conns:
		p.take(conn)
	case a := <-p.connect:
		p.connectAnswered(a)
	case <-time.After(2 * patience):
		p.t.Fatal("nobody connects")
	}
	if p.place.played > 0 && p.conns > p.place.played {
		p.letIn("<?xml")
		p.over = true
	}
}

func (p *wireReplay) take(conn *fakeConn) {
	conn.conn.SetDeadline(time.Now().Add(2 * patience))
	p.t.Cleanup(func() { conn.conn.Close() })
	p.conns++
	p.conn = &wireConn{
		fakeConn: conn, again: p.client.Initialised(), deaf: p.place.deaf && p.conns == 1,
		heard: make(chan *xml.Element, 100), last: xml.New("nothing"), anew: make(chan bool, 1),
		restored: make(chan struct{}, 1), spoken: make(chan struct{}, 1), gone: make(chan struct{}), joined: map[string]bool{},
	}
	p.mu.Lock()
	p.sentFrom = len(p.did.Sent)
	p.mu.Unlock()
	if p.place.direct {
		p.secure()
	}
	go p.conn.read(p)
}

// secure begins TLS at the server's end. What is wrong with it the client says.
func (p *wireReplay) secure() {
	config := &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, fmt.Errorf("there is none") }}
	if p.certificate != nil {
		config = &tls.Config{Certificates: []tls.Certificate{*p.certificate}}
	}
	conn := tls.Server(p.conn.conn, config)
	_ = conn.Handshake()
	p.conn.conn, p.conn.reader = conn, xml.NewReader(conn)
}

// wireLogin lets a client in, as most recordings do.
var wireLogin = []map[string]any{
	{"client": "<?xml"}, {"server": streamHeader}, {"server": "<stream:features>" + plainFeatures + "</stream:features>"},
	{"client": "<auth"}, {"server": `<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>`},
	{"client": "<?xml"}, {"server": streamHeader}, {"server": "<stream:features>" + bindFeature + "</stream:features>"},
	{"client": "<iq"}, {"server": `<iq type='result' id='x'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>mara@harbor.example/web</jid></bind></iq>`},
}

// letIn plays it from where the client says what begins so.
func (p *wireReplay) letIn(from string) {
	at := slices.IndexFunc(wireLogin, func(step map[string]any) bool { return step["client"] == from })
	for _, step := range wireLogin[at:] {
		if text, ok := step["client"].(string); ok {
			p.hear(text)
		} else {
			p.say(step["server"].(string))
		}
	}
}

// hear waits for what the client says during the negotiation.
func (p *wireReplay) hear(recorded string) {
	if strings.HasPrefix(recorded, footer) {
		return
	}
	select {
	case e := <-p.conn.heard:
		p.conn.last = e
		return
	default:
	}
	select {
	case e := <-p.conn.heard:
		p.conn.last = e
	case a := <-p.connect:
		p.connectAnswered(a)
	case <-p.conn.gone:
	case <-time.After(2 * patience):
		p.t.Fatalf("the client does not say anything like %s", recorded)
	}
}

var recordedID = regexp.MustCompile(`^<iq type='(result|error)' id='[^']*'`)

func (p *wireReplay) say(text string) {
	c := p.conn
	if strings.HasSuffix(text, " raw bytes]") {
		c.send(p.raw[0])
		p.raw = p.raw[1:]
		return
	}
	text = strings.ReplaceAll(text, "PORT", fmt.Sprint(p.server.port))
	if c.bound.Load() {
		c.send(text)
		if strings.HasSuffix(text, footer) {
			p.lost()
		}
		return
	}
	text = recordedID.ReplaceAllString(text, "<iq type='$1' id='"+c.last.Attr("id")+"'")
	c.bound.Store(isBound(text))
	c.resumed.Store(strings.HasPrefix(text, "<resumed "))
	begins := func(what string) bool { return strings.HasPrefix(text, what) }
	switch {
	case begins("<challenge"):
		text = challenge(text, c.last.Text())
	case begins("<proceed"):
		c.send(text)
		p.secure()
		c.anew <- true
		return
	}
	if begins("<challenge") || begins("<success") || begins("<failure") {
		c.anew <- begins("<success")
	}
	c.send(text)
	if begins("<failure") && p.login != nil && p.connect == nil {
		p.await(p.login.done)
	}
}

// challenge puts the client's own nonce into a challenge of SCRAM.
func challenge(text, first string) string {
	said, _ := base64.StdEncoding.DecodeString(first)
	_, nonce, _ := strings.Cut(string(said), ",r=")
	_, inside, _ := strings.Cut(text, ">")
	inside, _, _ = strings.Cut(inside, "<")
	asked, err := base64.StdEncoding.DecodeString(inside)
	_, rest, ok := strings.Cut(string(asked), "SRV,")
	if err != nil || nonce == "" || !ok {
		return text
	}
	return strings.Replace(text, inside, base64.StdEncoding.EncodeToString([]byte("r="+nonce+"SRV,"+rest)), 1)
}

func (p *wireReplay) await(done <-chan struct{}) {
	select {
	case <-done:
	case <-time.After(2 * patience):
		p.t.Fatal("it does not end")
	}
}

// lost waits until the client knows that the connection has ended.
func (p *wireReplay) lost() {
	for {
		p.client.mu.Lock()
		online, changed := p.login.online, p.login.changed
		p.client.mu.Unlock()
		if !online {
			return
		}
		p.await(changed)
	}
}

func (p *wireReplay) isOnline() bool {
	l := p.client.current()
	p.client.mu.Lock()
	defer p.client.mu.Unlock()
	return l != nil && l.online
}

// resets are the cases whose connection is reset; the others end in order.
var wireResets = []string{"sm", "sm_resume_failed", "server_restart", "server_restart_bare", "connect_while_reconnecting", "reconnect_auth_fail", "reconnect_open_timeout", "disconnect_while_down"}

// cut ends the connection as the recording says, and waits until clients know.
func (p *wireReplay) cut(c *wireCase) {
	if conn, ok := p.conn.conn.(*net.TCPConn); ok && (strings.HasSuffix(c.Name, "rst") || slices.Contains(wireResets, c.Name)) {
		conn.SetLinger(0)
	}
	told := p.conn.bound.Load() && p.client.Initialised()
	if told {
		p.sync()
	}
	if told || p.connect != nil { // otherwise the client closes it, and has perhaps said more
		p.conn.conn.Close()
	}
	p.gone()
	if told {
		p.lost()
	}
	p.conn = nil
}

// gone waits for the end of the connection: all that the client said has been noted.
func (p *wireReplay) gone() {
	select {
	case p.conn.anew <- false:
	default:
	}
	p.await(p.conn.gone)
}

// sync returns when the client has followed all that the server said. It reports
// whether the client answers.
func (p *wireReplay) sync() bool {
	p.conn.send(`<iq type='get' id='sync' from='harbor.example'><ping xmlns='urn:xmpp:ping'/></iq>`)
	for {
		select {
		case e := <-p.conn.heard:
			if e.Attr("id") == "sync" {
				return true
			}
		case <-p.conn.gone:
			return false
		case <-time.After(2 * patience):
			p.t.Fatal("the client does not answer")
		}
	}
}

// do does a job. While nobody is there to answer it goes on beside, and others wait
// for it: one is done at a time.
func (p *wireReplay) do(verb string) {
	j := wireJob{verb: verb}
	deaf := p.conn != nil && p.conn.deaf
	wait := len(p.pending) > 0 && verb != "disconnect"
	if !wait {
		p.begin(&j)
	}
	switch {
	case deaf:
		p.await(p.conn.spoken)
	case !wait && (p.isOnline() || !p.client.Initialised() || verb == "disconnect"):
		p.answer(&j)
		return
	}
	p.pending = append(p.pending, j)
}

func (p *wireReplay) begin(j *wireJob) {
	const room = `"target":{"id":"decks@rooms.harbor.example","type":"room"}`
	text := map[string]string{
		"disconnect": `{"type":"disconnect"}`,
		"update":     `{"type":"update","object":{"type":"presence","presence":"away","content":"lunch"}}`,
		"join":       `{"type":"join",` + room + `}`,
		"leave":      `{"type":"leave",` + room + `}`,
		"send":       `{"type":"send",` + room + `,"object":{"type":"message","id":"m1","content":"ahoy"}}`,
		"query":      `{"type":"query",` + room + `,"object":{"type":"attendance"}}`,
	}[j.verb]
	activity := job(p.t, text)
	activity.Activity.Set("actor", object("id", "mara@harbor.example/web", "type", "person"))
	j.answer = start(p.client, activity)
}

func (p *wireReplay) answer(j *wireJob) {
	if j.answer == nil {
		p.begin(j)
	}
	select {
	case a := <-j.answer:
		p.did.answered(j.verb, a.text())
	case <-time.After(2 * patience):
		p.t.Fatalf("%s is not answered", j.verb)
	}
}

// end waits until all is done and told that the script began.
func (p *wireReplay) end() {
	p.connected()
	again := false
	switch {
	case p.conn == nil:
	case !p.client.Initialised():
		p.gone()
	case p.conn.bound.Load():
		if again = p.conn.again && !p.conn.resumed.Load(); again {
			p.await(p.conn.restored)
		}
		if !p.sync() {
			p.lost()
		}
	}
	if (p.conn == nil || p.conn.bound.Load()) && p.login != nil && !p.isOnline() {
		select {
		case <-p.login.done:
		case conn := <-p.server.conns: // the next attempt has begun
			p.t.Cleanup(func() { conn.conn.Close() })
		}
	}
	if len(p.pending) > 0 && !p.isOnline() {
		stop(p.client) // the recording has no further connection for what waits
	}
	for i := range p.pending {
		p.answer(&p.pending[i])
	}
	pipe, platform := pipeline(p.t)
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if again { // what is restored and what has waited go out side by side
		slices.Sort(p.did.Sent[p.sentFrom:])
	}
	for _, e := range p.host.events {
		p.did.Events = append(p.did.Events, p.told(pipe, platform, e.activity))
	}
}

// told is an activity as clients read it. The server must not drop it.
func (p *wireReplay) told(pipe *middleware.Pipeline, platform *activity.RegisteredPlatform, a *activity.Object) any {
	a = a.Copy()
	if err := pipe.Outbound(platform, a, ""); err != nil {
		p.t.Errorf("the server drops %s: %v", activity.AppendJSON(nil, a), err)
	}
	a.Delete("@context")
	var v any
	if err := json.Unmarshal([]byte(resets.Replace(string(activity.AppendJSON(nil, a)))), &v); err != nil {
		p.t.Fatal(err)
	}
	return v
}
