package config

import (
	"log/slog"
	"net/url"
	"strings"
)

// Secret is a text that no log, error or listing shows: printing it in any way
// gives "***", or its address without user and password when it is a URL.
type Secret string

// Reveal returns the text itself.
func (s Secret) Reveal() string { return string(s) }

// String masks the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(string(s))
	if err != nil || u.Scheme == "" || u.Host == "" {
		return "***"
	}
	masked := u.Scheme + "://"
	if u.User != nil {
		masked += "***@"
	}
	// A query may hold a password as well.
	return masked + u.Host + u.Path
}

// GoString masks the secret for %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue masks the secret for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText masks the secret for encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// found describes a wrong secret without showing it.
func (s Secret) found() string {
	if strings.TrimSpace(string(s)) == "" {
		return "an empty text"
	}
	return "a text that is not shown here"
}
