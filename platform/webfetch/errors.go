package webfetch

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
)

// Class is the kind of a failure, the same in every release.
type Class string

// Classes of an [Error].
const (
	InvalidURL   Class = "invalid URL"
	BadScheme    Class = "unsupported scheme"
	Credentials  Class = "credentials in the URL"
	BadPort      Class = "port not allowed"
	BadAddress   Class = "address not allowed"
	NameNotFound Class = "name not found"
	LookupFailed Class = "name lookup failed"
	Refused      Class = "connection refused"
	Unreachable  Class = "host unreachable"
	TLSFailed    Class = "TLS failed"
	Timeout      Class = "timeout"
	Redirects    Class = "too many redirects"
	BadRedirect  Class = "redirect not allowed"
	TooLarge     Class = "too large"
	HeaderSize   Class = "header too large"
	BadResponse  Class = "invalid response"
	BadEncoding  Class = "encoding not offered"
	Broken       Class = "broken body"
	HungUp       Class = "connection closed"
	Failed       Class = "connection failed"
	RetryLater   Class = "retry later"
)

// Error is why nothing could be fetched. Its text may be shown to clients: it
// has no address that a name led to, no password and no text of a peer's.
type Error struct {
	Class Class
	Text  string
	Err   error // the cause, for the log only; may be nil
}

func (e *Error) Error() string { return e.Text }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of the first Error in err's chain, "" if there is
// none.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return ""
}

// textTimeout is what the reference server answers at its limit of time.
const textTimeout = "The operation was aborted due to timeout"

// errTimeout is the cause of a context that passed Options.Timeout.
var errTimeout = &Error{Class: Timeout, Text: textTimeout}

// addressError is an address that must not be dialled.
type addressError struct{ address, host string }

func (e *addressError) Error() string {
	if e.host == "" || e.host == e.address {
		return "blocked non-public address " + e.address
	}
	return "blocked non-public address " + e.address + " for " + e.host
}

// classify turns what the network stack said into an Error. An error that is
// one already stays as it is.
func classify(ctx context.Context, err error) error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	fail := func(class Class, text string) error { return &Error{class, text, err} }
	var (
		blocked *addressError
		dns     *net.DNSError
		cert    *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		alert   tls.AlertError
	)
	switch {
	case errors.As(err, &blocked):
		return fail(BadAddress, "address not allowed")
	case ctx.Err() != nil:
		if errors.As(context.Cause(ctx), &known) {
			return &Error{known.Class, known.Text, err}
		}
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return fail(Timeout, textTimeout)
		}
		return fail(Failed, "the request was cancelled")
	case errors.As(err, &dns):
		switch {
		case dns.IsNotFound:
			return fail(NameNotFound, "name not found")
		case dns.IsTimeout:
			return fail(Timeout, textTimeout)
		}
		return fail(LookupFailed, "name lookup failed")
	case errors.As(err, &cert):
		return fail(TLSFailed, "TLS failed: the certificate is not valid for this host")
	case errors.As(err, &record), errors.As(err, &alert), strings.Contains(err.Error(), "tls: "):
		return fail(TLSFailed, "TLS failed")
	case errors.Is(err, syscall.ECONNREFUSED):
		return fail(Refused, "connection refused")
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return fail(Unreachable, "host unreachable")
	case isTimeout(err):
		return fail(Timeout, textTimeout)
	case strings.Contains(err.Error(), "response headers exceeded"):
		return fail(HeaderSize, "response header too large")
	case containsAny(err.Error(), "malformed", "protocol", "http2:", "stream error:", "connection error:"):
		return fail(BadResponse, "invalid response")
	}
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		return fail(HungUp, "the server closed the connection")
	}
	return fail(Failed, "connection failed")
}

func containsAny(s string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// maxReason is how much of a server's reason phrase is shown.
const maxReason = 100

// reasonOf returns the reason phrase of a status line: printable, and short.
func reasonOf(status string) string {
	_, reason, _ := strings.Cut(status, " ")
	reason = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F || r == 0xFFFD {
			return -1
		}
		return r
	}, reason)
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "") + "…"
	}
	return strings.TrimSpace(reason)
}
