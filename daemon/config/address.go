package config

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/queue/redis"
)

// isHost accepts what the server can listen on: a name, an address, unix:/path,
// or nothing for all addresses.
func isHost(host string) bool {
	if path, ok := strings.CutPrefix(host, "unix:"); ok {
		return path != ""
	}
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return !strings.ContainsAny(host, " \t\r\n/:@[]?#,\\")
}

// isPath accepts where a part of the server is mounted.
func isPath(path string) bool {
	return strings.HasPrefix(path, "/") && strings.Trim(path, "/") != "" && !strings.ContainsAny(path, " \t\r\n?#%\\")
}

// isListen accepts an address for operators: a port, host:port or unix:/path.
func isListen(listen string) bool {
	if listen == "" || len(listen) > 1 && listen[0] == '/' {
		return true
	}
	if path, ok := strings.CutPrefix(listen, "unix:"); ok {
		return path != ""
	}
	p := listen
	if host, after, err := net.SplitHostPort(listen); err == nil {
		if !isHost(host) {
			return false
		}
		p = after
	}
	_, err := strconv.ParseUint(p, 10, 16)
	return err == nil
}

// fullListen writes an address for operators in one form. A port alone is
// opened on the loopback address only: what it tells is not for strangers.
func fullListen(listen string) string {
	switch {
	case listen == "" || strings.HasPrefix(listen, "unix:"):
		return listen
	case listen[0] == '/':
		return "unix:" + listen
	case strings.Contains(listen, ":"):
		return listen
	}
	return net.JoinHostPort("127.0.0.1", listen)
}

// isRedisURL accepts what package queue/redis does, and nothing.
func isRedisURL(text string) bool { return text == "" || redis.CheckURL(text) == nil }

// isDSN accepts https://KEY@host/PROJECT and nothing.
func isDSN(text string) bool {
	if text == "" {
		return true
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User.Username() == "" {
		return false
	}
	project := u.Path[strings.LastIndexByte(u.Path, '/')+1:]
	_, err = strconv.ParseUint(project, 10, 64)
	return err == nil
}
