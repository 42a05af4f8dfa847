package xmpp

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// wireCase is a transcript of the reference with a scripted server.
type wireCase struct {
	Name, Note string
	Steps      []map[string]any
}

// wireOurs is what ours does where it differs, and the reason: a row of section 11 of
// the specification, or a shape of section 14.
type wireOurs struct {
	Name string `json:"name"`
	Why  string `json:"why"`
	did
}

// did is what came of a case: answers to jobs, what clients were told, and stanzas.
type did struct {
	Answers []string `json:"answers,omitempty"`
	Events  []any    `json:"events,omitempty"`
	Sent    []string `json:"sent,omitempty"`
}

// wireElsewhere names the tests for cases whose scripts have no bytes: look-ups,
// certificates, other schemes, and errors put into the reference's library.
var wireElsewhere = map[string]string{
	"address_bad": "TestRefusals", "address_two_ats": "TestRefusals", "address_with_resource": "TestRefusals",
	"bare_host": "TestRow14Targets", "bare_host_port": "TestRow14Targets", "bare_host_refused": "TestRow14Targets", "dns_failure": "TestRow14Targets", "dns_failure_uri": "TestRow14Targets",
	"srv_accept_then_drop": "TestRow14FallOverThroughBind", "srv_dot": "TestRow14Targets", "srv_no_address": "TestRow14Targets", "srv_none": "TestRow14Targets", "srv_order": "TestRow14Weights",
	"srv_servfail": "TestRow14Targets", "srv_target_missing": "TestRow14Targets", "srv_xmpps": "TestDirectTLS", "uri_and_port": "TestRow14Targets", "uri_port_and_port": "TestRow14Targets",
	"ipv6": "TestRow5DomainIsTheAccounts", "server_garbage": "TestRow14Targets", "server_path": "TestRow14Targets", "scheme_bad": "TestRow14Targets", "ws": "TestRow14Targets", "ws_ok": "TestRow14Targets",
	"starttls_jid_domain_cert": "TestRow5DomainIsTheAccounts", "starttls_ok": "TestDirectTLS", "starttls_self_signed": "TestBadCertificates", "starttls_wrong_name": "TestBadCertificates",
	"tls_alert": "TestRow12NoSecretInTheClear", "xmpps_ok": "TestDirectTLS", "xmpps_self_signed": "TestBadCertificates",
	"login_scram": "TestHostileServer", "login_latin1_plain": "TestRow20PasswordsAreUTF8", "login_unicode_plain": "TestRow20PasswordsAreUTF8", "utf8_split": "TestRow10CharactersCutInTwo",
	"event_errors": "TestRow9FinalAndRecoverableErrors", "internal_error": "TestRow11OddStanzasHarmNobody", "refused": "TestRow8AFailedAttemptIsOver", "refused_then_up": "TestRow8AFailedAttemptIsOver",
	"server_restart_bare": "TestRow9FinalAndRecoverableErrors", "stream_see_other": "TestRow12NoSecretInTheClear",
}

// The scripts of the reference's recordings, each with what comes of it here.
func TestWire(t *testing.T) {
	const ourFile = "testdata/xmpp-wire-ours.jsonl"
	reasons, ours := map[string]string{}, map[string]did{}
	for _, o := range readLines[wireOurs](t, ourFile) {
		reasons[o.Name], ours[o.Name] = o.Why, o.did
	}
	var mu sync.Mutex
	var rewritten []wireOurs
	t.Run("cases", func(t *testing.T) {
		for _, c := range readLines[wireCase](t, "testdata/xmpp-wire.jsonl") {
			if wireElsewhere[c.Name] != "" {
				continue
			}
			t.Run(c.Name, func(t *testing.T) {
				t.Parallel()
				got, want := replayWire(t, &c), c.recorded()
				if *update {
					if !reflect.DeepEqual(got, want) {
						mu.Lock()
						rewritten = append(rewritten, wireOurs{c.Name, reasons[c.Name], got})
						mu.Unlock()
					}
					return
				}
				if own, differs := ours[c.Name]; differs {
					want = own
				}
				if !reflect.DeepEqual(got, want) {
					g, _ := json.MarshalIndent(got, "", " ")
					w, _ := json.MarshalIndent(want, "", " ")
					t.Errorf("%s\nours does\n%s\nwant\n%s", c.Note, g, w)
				}
			})
		}
	})
	for name, why := range reasons {
		if why == "" {
			t.Errorf("%s differs without a reason", name)
		}
	}
	if *update {
		slices.SortFunc(rewritten, func(a, b wireOurs) int { return strings.Compare(a.Name, b.Name) })
		var b strings.Builder
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		for _, o := range rewritten {
			encoder.Encode(o)
		}
		if err := os.WriteFile(ourFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// recorded is what came of a case with the reference.
func (c *wireCase) recorded() did {
	var d did
	bound := false
	for _, s := range c.Steps {
		switch {
		case s["tcp"] == "connected":
			bound = false
		case s["done"] != nil:
			d.answered(s["done"].(string), s["error"])
		case s["event"] != nil:
			d.Events = append(d.Events, s["event"])
		case s["server"] != nil:
			bound = bound || isBound(s["server"].(string))
		case s["client"] != nil && bound:
			for _, e := range elements(s["client"].(string)) {
				d.sent(e)
			}
		}
	}
	return d
}

func isBound(text string) bool {
	return strings.Contains(text, "<jid>") || strings.Contains(text, "<resumed ")
}

func (d *did) answered(verb string, why any) {
	if why == nil || why == "" {
		d.Answers = append(d.Answers, verb)
		return
	}
	d.Answers = append(d.Answers, verb+": "+why.(string))
}

var uuid = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// sent notes a stanza; what is asked by itself after the login is left out.
func (d *did) sent(e *xml.Element) {
	if e.Space == nsSM || e.Is(nsClient, "iq") && isOwnQuestion(e) {
		return
	}
	d.Sent = append(d.Sent, uuid.ReplaceAllString(e.String(), "UUID"))
}

func isOwnQuestion(e *xml.Element) bool {
	payload := e.FirstElement()
	return payload.Is(nsCarbons, "enable") || payload.Is(nsRoster, "query") && e.Attr("type") == "get" || payload.Is(nsPing, "ping") && e.Attr("type") == "get" || payload.Is(nsDiscoInfo, "query") && e.Attr("type") == "get"
}

// elements reads what a transcript has in one piece.
func elements(text string) []*xml.Element {
	text = strings.TrimSuffix(text, footer)
	var all []*xml.Element
	r := xml.NewReader(strings.NewReader(`<stream xmlns="` + nsClient + `">` + text))
	for {
		e, err := r.Next()
		if err != nil {
			return all
		}
		all = append(all, e)
	}
}

// wireReplay is a case being played.
type wireReplay struct {
	t       *testing.T
	server  *fakeServer
	client  *client
	host    *fakeHost
	conn    *wireConn
	events  []any
	pending map[<-chan answer]string // jobs without an answer, by verb
	connect <-chan answer            // the pending connect, nil for none
	over    bool                     // it has failed
	mu      sync.Mutex               // guards did
	did     did
}

// wireConn is the server's end of a connection.
type wireConn struct {
	*fakeConn
	heard  chan *xml.Element // of the negotiation, and an answer to "sync"
	anew   chan bool         // whether a new stream begins behind an answer of the login
	bound  bool
	lastID string
	gone   chan struct{}
	joined map[string]bool // rooms, for read alone
}

func replayWire(t *testing.T, c *wireCase) did {
	s := testSettings()
	s.firstRetry, s.joinSilence = 10*time.Millisecond, patience
	s.farewell = 100 * time.Millisecond
	if !slices.ContainsFunc(c.Steps, func(s map[string]any) bool { return s["done"] != nil }) || c.Name == "stream_never" || c.Name == "stream_never_timeout_cfg" || c.Name == "bind_never" {
		s.connectTimeout = time.Second
	}
	p := &wireReplay{t: t, server: newServer(t), host: newHost(), pending: map[<-chan answer]string{}}
	p.client = newClient(p.host, s)
	t.Cleanup(func() { stop(p.client) })
	for _, step := range c.Steps {
		if p.over {
			break
		}
		p.step(c, step)
	}
	if p.connect != nil {
		p.connected()
	}
	if p.conn != nil && p.conn.bound && p.client.Initialised() && !p.over {
		p.sync()
	}
	for len(p.pending) > 0 {
		for ch := range p.pending {
			p.answer(ch)
		}
	}
	p.host.mu.Lock()
	defer p.host.mu.Unlock()
	for _, e := range p.host.events {
		a := e.activity.Copy()
		a.Delete("@context")
		var v any
		json.Unmarshal(activity.AppendJSON(nil, a), &v)
		p.did.Events = append(p.did.Events, v)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.did
}

func (p *wireReplay) step(c *wireCase, step map[string]any) {
	switch {
	case step["tcp"] == "connected":
		if p.connect == nil && !p.client.Initialised() {
			p.login()
		}
		p.accept()
	case step["client"] != nil && p.conn != nil && !p.conn.bound:
		p.hear(step["client"].(string))
	case step["server"] != nil && p.conn != nil:
		p.say(step["server"].(string))
	case step["tcp"] == "closed" && p.conn != nil:
		p.cut(c)
	case step["done"] == "connect":
		if p.connect == nil {
			p.login()
		}
		p.connected()
	case step["done"] != nil:
		p.do(c, step["done"].(string), step)
	}
}

func (p *wireReplay) login() {
	j := job(p.t, `{"type":"connect","actor":{"id":"mara@harbor.example/web","type":"person"}}`)
	j.Credentials = credentialsFor(p.server.port, "")
	o := j.Credentials.Object("object")
	o.Set("userAddress", "mara@harbor.example")
	o.Set("password", "hunter3")
	p.connect = start(p.client, j)
}

// connected waits for the answer to a connect.
func (p *wireReplay) connected() {
	select {
	case a := <-p.connect:
		p.connectAnswered(a)
	case <-time.After(2 * patience):
		p.t.Fatal("connect is not answered")
	}
}

func (p *wireReplay) connectAnswered(a answer) {
	p.did.answered("connect", strings.ReplaceAll(a.text(), fmt.Sprint(p.server.port), "PORT"))
	p.connect, p.over = nil, a.err != nil
}

func (p *wireReplay) answer(ch <-chan answer) {
	select {
	case a := <-ch:
		p.did.answered(p.pending[ch], a.text())
		delete(p.pending, ch)
	case <-time.After(2 * patience):
		p.t.Fatalf("%s is not answered", p.pending[ch])
	}
}

// accept takes the next connection, unless the login has failed.
func (p *wireReplay) accept() {
	select {
	case conn := <-p.server.conns:
		conn.conn.SetDeadline(time.Now().Add(2 * patience))
		p.t.Cleanup(func() { conn.conn.Close() })
		p.conn = &wireConn{fakeConn: conn, heard: make(chan *xml.Element, 100), anew: make(chan bool, 1), gone: make(chan struct{}), joined: map[string]bool{}}
		go p.conn.read(p)
	case a := <-p.connect:
		p.connectAnswered(a)
	case <-time.After(2 * patience):
		p.t.Fatal("nobody connects")
	}
}

// read hears a connection, and answers as a server with rooms does.
func (c *wireConn) read(p *wireReplay) {
	defer close(c.gone)
	bound := false
	for {
		header, err := c.reader.Header()
		if err != nil {
			return
		}
		c.heard <- header
		for {
			e, err := c.reader.Next()
			if err != nil {
				return
			}
			if !bound || e.Attr("id") == "sync" {
				c.heard <- e
			} else {
				p.mu.Lock()
				p.did.sent(e)
				p.mu.Unlock()
				c.obey(e)
			}
			if payload := e.FirstElement(); payload.Is(nsBind, "bind") || e.Is(nsSM, "resume") {
				bound = true
			}
			if e.Space == nsSASL && <-c.anew {
				c.reader.Restart()
				break
			}
		}
	}
}

// obey does what a server does by itself.
func (c *wireConn) obey(e *xml.Element) {
	id, to := e.Attr("id"), e.Attr("to")
	const self = `<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/><status code='110'/></x></presence>`
	switch {
	case e.Is(nsClient, "iq") && (e.Attr("type") == "get" || e.Attr("type") == "set"):
		c.send(`<iq type='result' id='`, id, `' from='`, to, `'><query xmlns='`, e.FirstElement().Space, `'/></iq>`)
	case e.Is(nsClient, "presence") && e.Attr("type") == "" && to != "":
		c.joined[bare(to)] = true
		c.send(`<presence from='`, to, `' to='mara@harbor.example/web'>`, self)
	case e.Is(nsClient, "presence") && e.Attr("type") == "unavailable" && to != "":
		c.send(`<presence type='unavailable' from='`, to, `' to='mara@harbor.example/web'>`, self)
	case e.Is(nsClient, "message") && e.Attr("type") == "groupchat" && !c.joined[to]:
		c.send(`<message type='error' id='`, id, `' from='`, to, `'><error type='cancel'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`)
	case e.Is(nsClient, "message") && e.Attr("type") == "groupchat":
		c.send(`<message type='groupchat' id='`, id, `' from='`, to, `/mara' to='mara@harbor.example/web'><body>`, e.Child(nsClient, "body").Text(), `</body></message>`)
	}
}

// hear waits for what the client says during the negotiation.
func (p *wireReplay) hear(recorded string) {
	if strings.HasPrefix(recorded, footer) {
		return
	}
	select {
	case e := <-p.conn.heard:
		p.conn.lastID = e.Attr("id")
		if sm := strings.HasPrefix(recorded, "<enable "); sm != e.Is(nsSM, "enable") {
			p.t.Errorf("the client says %s instead of %s", e, recorded)
		}
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
	if !c.bound {
		text = recordedID.ReplaceAllString(text, "<iq type='$1' id='"+c.lastID+"'")
		for _, end := range []string{"<success", "<failure", "<challenge"} {
			if strings.HasPrefix(text, end) {
				select {
				case c.anew <- end == "<success":
				default:
				}
			}
		}
		c.bound = isBound(text)
	}
	c.send(text)
}

// cut ends the connection as the recording says, and waits until clients know.
func (p *wireReplay) cut(c *wireCase) {
	if strings.HasSuffix(c.Name, "rst") || slices.Contains([]string{"sm", "sm_resume_failed", "server_restart", "connect_while_reconnecting", "reconnect_auth_fail", "reconnect_open_timeout", "disconnect_while_down"}, c.Name) {
		p.conn.conn.(*net.TCPConn).SetLinger(0) // a reset
	}
	told := p.conn.bound && p.client.Initialised()
	if told {
		p.sync()
	}
	p.conn.conn.Close()
	<-p.conn.gone
	for told && p.client.Initialised() && p.isOnline() {
		time.Sleep(time.Millisecond) // nothing says so
	}
	p.conn = nil
}

func (p *wireReplay) isOnline() bool {
	l := p.client.current()
	p.client.mu.Lock()
	defer p.client.mu.Unlock()
	return l != nil && l.online
}

// sync returns when the client has followed all that the server said.
func (p *wireReplay) sync() {
	p.conn.send(`<iq type='get' id='sync' from='harbor.example'><ping xmlns='urn:xmpp:ping'/></iq>`)
	for {
		select {
		case e := <-p.conn.heard:
			if e.Attr("id") == "sync" {
				return
			}
		case <-p.conn.gone:
			return
		case <-time.After(2 * patience):
			p.t.Fatal("the client does not answer")
		}
	}
}

// do does a job; the recording has what it made the client say.
func (p *wireReplay) do(c *wireCase, verb string, step map[string]any) {
	const room = `"target":{"id":"decks@rooms.harbor.example","type":"room"}`
	text := map[string]string{
		"disconnect": `{"type":"disconnect"}`,
		"update":     `{"type":"update","object":{"type":"presence","presence":"away","content":"lunch"}}`,
		"join":       `{"type":"join",` + room + `}`,
		"leave":      `{"type":"leave",` + room + `}`,
		"send":       `{"type":"send",` + room + `,"object":{"type":"message","id":"m1","content":"ahoy"}}`,
		"query":      `{"type":"query",` + room + `,"object":{"type":"attendance"}}`,
	}[verb]
	j := job(p.t, text)
	j.Activity.Set("actor", object("id", "mara@harbor.example/web", "type", "person"))
	ch := start(p.client, j)
	p.pending[ch] = verb
	if p.conn != nil && p.conn.bound || !p.client.Initialised() || verb == "disconnect" {
		p.answer(ch)
	}
}
