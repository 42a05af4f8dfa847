package config

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
)

// CORS says which pages of other origins may use the server.
type CORS struct {
	Origin  string   // the setting
	Any     bool     // all may
	Origins []string // else these: scheme://host[:port] in lower case; empty: none may
}

// parseOrigins reads the setting's comma list, and says what it made of it.
func parseOrigins(setting string) (CORS, []Note) {
	c := CORS{Origin: setting}
	var notes []Note
	note := func(level slog.Level, format string, args ...any) {
		notes = append(notes, Note{level, "server:cors", fmt.Sprintf(format, args...)})
	}
	trimmed := strings.TrimSpace(setting)
	if trimmed == "" || trimmed == "*" {
		c.Any = true
		return c, nil
	}
	for _, part := range splitList(trimmed) {
		if part == "*" {
			note(slog.LevelWarn, "cors origin list contains '*'; allowing any origin and ignoring the other entries")
			return CORS{Origin: setting, Any: true}, notes
		}
		origin, isURL := parseOrigin(part)
		switch {
		case origin == "" && !isURL:
			note(slog.LevelWarn, "ignoring cors origin entry that is not a valid URL: %q (origins must include a scheme, e.g. https://app.example.com)", part)
			continue
		case origin == "":
			note(slog.LevelWarn, "ignoring cors origin entry with no usable origin: %q", part)
			continue
		case origin != part:
			note(slog.LevelWarn, "normalized cors origin %q to %q", part, origin)
		}
		if !slices.Contains(c.Origins, origin) {
			c.Origins = append(c.Origins, origin)
		}
	}
	if len(c.Origins) == 0 {
		note(slog.LevelError, "cors origin config contained no valid origins; all cross-origin requests will be blocked")
	}
	return c, notes
}

// parseOrigin reduces a URL to its origin as a browser sends it. The origin is
// "" for what is no URL, and for a URL whose pages have none.
func parseOrigin(text string) (origin string, isURL bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" {
		return "", false
	}
	ports := map[string]string{"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21"}
	standard, ok := ports[u.Scheme]
	switch {
	case !ok:
		return "", true
	case u.Hostname() == "":
		return "", false
	}
	host := strings.ToLower(u.Hostname())
	switch p := u.Port(); {
	case p != "" && p != standard:
		host = net.JoinHostPort(host, p)
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	return u.Scheme + "://" + host, true
}
