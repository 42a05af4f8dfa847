package xmpp

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/sockethub/sockethub/platform/policy"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// Namespaces of errors (RFC 6120).
const (
	nsStreams      = "http://etherx.jabber.org/streams"
	nsStreamErrors = "urn:ietf:params:xml:ns:xmpp-streams"
	nsSASL         = "urn:ietf:params:xml:ns:xmpp-sasl"
)

// streamError is why a connection ended, or did not come about.
type streamError struct {
	kind      string // in the words of the reference: "StreamError", "SASLError", "StanzaError", "Error"
	condition string // of RFC 6120 or SASL; "" where the network failed
	text      string // the server's words, or ours
	final     bool   // it would be the same again
	seeOther  string // where the server sends us
	cause     error  // of a connection that did not come about, for the log; else nil
}

// Unwrap returns the cause.
func (e *streamError) Unwrap() error { return e.cause }

// message is what clients read: the condition and the server's words.
func (e *streamError) message() string {
	switch {
	case e.condition == "":
		return e.text
	case e.text == "":
		return e.condition
	}
	return e.condition + " - " + e.text
}

func (e *streamError) Error() string { return e.kind + ": " + e.message() }

// serverText is the <text/> of an error.
func serverText(e *xml.Element, space string) string { return cut(e.Child(space, "text").Text()) }

// maxCondition bounds the name of a condition; real ones have 25 bytes at most.
const maxCondition = 100

// condition is the name of the element that says what is wrong.
func condition(e *xml.Element, space, otherwise string) string {
	for c := range e.Elements {
		if name := c.Local(); c.Space == space && name != "text" && len(name) <= maxCondition {
			return name
		}
	}
	return otherwise
}

// refusedStream reads <stream:error/> (RFC 6120, section 4.9).
func refusedStream(e *xml.Element) *streamError {
	s := &streamError{kind: "StreamError", condition: condition(e, nsStreamErrors, "undefined-condition"), text: serverText(e, nsStreamErrors)}
	switch s.condition {
	case "conflict", "policy-violation", "host-unknown", "host-gone", "not-authorized", "unsupported-version",
		"invalid-namespace", "invalid-from", "improper-addressing", "unsupported-stanza-type":
		s.final = true
	case "see-other-host":
		s.seeOther = strings.TrimSpace(e.Child(nsStreamErrors, "see-other-host").Text())
	}
	return s
}

// refusedLogin reads <failure/> of SASL (RFC 6120, section 6.5).
func refusedLogin(e *xml.Element) *streamError {
	c := condition(e, nsSASL, "not-authorized")
	return &streamError{kind: "SASLError", condition: c, text: serverText(e, nsSASL), final: c != "temporary-auth-failure"}
}

// refusedStanza reads the <error/> of a stanza (RFC 6120, section 8.3).
func refusedStanza(e *xml.Element) *streamError {
	for c := range e.Elements {
		if c.Local() == "error" {
			return &streamError{kind: "StanzaError", condition: condition(c, nsStanzaErrors, "undefined-condition"), text: serverText(c, nsStanzaErrors)}
		}
	}
	return &streamError{kind: "StanzaError", condition: "undefined-condition"}
}

// ours is an error that we found ourselves and that stays.
func ours(text string) *streamError { return &streamError{kind: "Error", text: text, final: true} }

// errClosed is for a server that closes without a word.
var errClosed = &streamError{kind: "Error", text: "the server closed the connection"}

var errTimeout = &streamError{kind: "TimeoutError", text: "TimeoutError"}

// asStreamError words whatever ended a connection.
func asStreamError(err error) *streamError {
	var (
		known  *streamError
		broken *xml.StreamError
		dns    *net.DNSError
		cert   *tls.CertificateVerificationError
		record tls.RecordHeaderError
		alert  tls.AlertError
	)
	network := func(text string) *streamError { return &streamError{kind: "Error", text: text} }
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &broken):
		return &streamError{kind: "XMLError", condition: broken.Condition, text: broken.Reason}
	case errors.Is(err, xml.ErrStreamEnd), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errClosed
	case errors.Is(err, errForbidden), policy.IsRefused(err):
		return ours(errForbidden.Error()) // without the address that a name led to
	case errors.Is(err, errNoMethod), errors.Is(err, errWebSocket), errors.Is(err, errNotOffered):
		return network(err.Error()) // nobody was asked
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		return errTimeout
	case errors.As(err, &dns) && dns.IsNotFound:
		return network("ENOTFOUND: name not found")
	case errors.As(err, &dns):
		return network("EAI_AGAIN: name lookup failed")
	case errors.As(err, &cert):
		return ours("the certificate is not valid: " + cut(cert.Err.Error()))
	case errors.As(err, &record):
		return &streamError{kind: kindTLS, text: "the server does not speak TLS here"}
	case errors.As(err, &alert), strings.Contains(err.Error(), "tls: "):
		return &streamError{kind: kindTLS, text: "TLS failed: " + alertText(err)}
	case errors.Is(err, syscall.ECONNREFUSED):
		return network("ECONNREFUSED: connection refused")
	case errors.Is(err, syscall.ECONNRESET):
		return network("ECONNRESET: connection reset")
	case errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return network("EPIPE: the connection is closed")
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return network("EHOSTUNREACH: host unreachable")
	}
	return network("the connection failed")
}

// alertText is what crypto/tls says, without the address in front of it.
func alertText(err error) string {
	text := err.Error()
	return text[strings.LastIndex(text, "tls: ")+len("tls: "):]
}

// isNetwork reports whether the network failed, and nobody said anything.
func (e *streamError) isNetwork() bool { return e.condition == "" && !e.final && e.kind != kindTLS }

const kindTLS = "TLSError" // a server that is being restarted may fail so: not final
