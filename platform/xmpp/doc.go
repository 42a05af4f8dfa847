// Package xmpp is the platform that keeps a user on XMPP: RFC 6120 and 6121, and
// the extensions that clients of today agree on.
//
//	{"type":"send","actor":{"id":"mara@harbor.example/web","type":"person"},
//	 "target":{"id":"otto@quay.example","type":"person"},
//	 "object":{"type":"message","id":"m7","content":"see you at nine"}}
//
//	> <message type="chat" to="otto@quay.example" id="m7"><body>see you at nine</body></message><r xmlns="urn:xmpp:sm:3"/>
//	< <message type='error' from='otto@quay.example' id='m7'><error type='cancel'>
//	    <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>   the job fails: "send failed: item-not-found"
//	< <a xmlns='urn:xmpp:sm:3' h='12'/>                                                  … or, without it, succeeds here
//
//	< <message from='otto@quay.example/phone' to='mara@harbor.example/web' type='chat' id='o3'><body>fine</body></message>
//	{"type":"send","actor":{"type":"person","id":"otto@quay.example/phone"},
//	 "target":{"type":"person","id":"mara@harbor.example/web"},"object":{"type":"message","id":"o3","content":"fine"}}
//
// # From TCP to online
//
//	> <?xml version='1.0'?><stream:stream to='harbor.example' version='1.0' …>
//	< <stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>
//	> <starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>
//	< <proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>          TLS, for the domain of the address whatever was dialled
//	< <stream:features><mechanisms …><mechanism>SCRAM-SHA-256</mechanism></mechanisms></stream:features>
//	> <auth mechanism="SCRAM-SHA-256" …>biwsbj1tYXJhLHI9…</auth>   package sasl
//	< <success …>dj1…</success>
//	> <iq type="set" id="…"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>web</resource></bind></iq>
//	< <iq type='result' id='…'><bind …><jid>mara@harbor.example/web</jid></bind></iq>
//	> <enable xmlns="urn:xmpp:sm:3" resume="true"/> carbons, roster, disco: in one write, and not waited for
//
// # Stream management
//
// What is sent is kept until the server counts it (XEP-0198). A connection that is
// cut is made again, and what the server has not counted is sent again; where it
// does not know the stream any more, presence and rooms are restored, what was
// missed is fetched from the archive, and jobs whose message cannot be traced fail
// with the code outcome_unknown.
//
//	> <resume xmlns="urn:xmpp:sm:3" h="41" previd="s7"/>
//	< <resumed xmlns='urn:xmpp:sm:3' h='12' previd='s7'/>
//	{"type":"connect","actor":{…},"object":{"type":"connect","status":"online","condition":"resumed"}}
//
// # Whom to believe
//
// A stanza says who it is from, and the server vouches for that alone. Copies of
// messages and changes of the roster come from the own account; what a room says
// of its members from the room; answers from whom was asked. Anything else is
// dropped, or refused where a request must be answered.
//
// # Reading
//
// Read client.go first, which has the picture, then login.go (a connection's
// life), target.go and dial.go (where to), negotiate.go (up to the bound resource),
// link.go and outbox.go (stanzas on the wire), serve.go, wait.go (how a job is
// answered), state.go (rooms, contacts), the translate and compose files (stanzas
// to activities and back), and one file for each verb. What happens by itself:
// reconnect.go and restore.go (after a loss), archive.go (what was missed), alive.go
// (rooms that lost us), csi.go (nobody is there). XML is read and written by package
// xml, addresses are compared by package jid. Settings stand in settings.go.
//
// Locks: client.mu before outbox.mu. No lock is held while waiting for the network
// or the host, but for outbox.mu while bytes are written.
package xmpp
