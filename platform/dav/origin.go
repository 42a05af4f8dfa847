package dav

import (
	"errors"
	"net/url"
	"strings"
)

// Partition is a set of origins that belong to one provider, as patterns:
// "https://*.icloud.com" stands for any host below that name. Credentials for
// one of them may be sent to the others.
type Partition []string

// DefaultPartitions are the providers that are known to spread.
var DefaultPartitions = []Partition{{"https://*.icloud.com"}, {"https://*.icloud.com.cn"}}

// Check reports what is wrong with the patterns.
func (p Partition) Check() error {
	for _, pattern := range p {
		u, err := url.Parse(strings.Replace(pattern, "*.", "", 1))
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" ||
			u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" || strings.Contains(u.Host, "*") {
			return errors.New("partitions must be origins, such as https://dav.example or https://*.dav.example")
		}
	}
	return nil
}

func (p Partition) has(u *url.URL) bool {
	for _, pattern := range p {
		scheme, host, _ := strings.Cut(strings.ToLower(strings.TrimRight(pattern, "/")), "://")
		if scheme != u.Scheme {
			continue
		}
		host = strings.TrimSuffix(host, map[string]string{"https": ":443", "http": ":80"}[scheme])
		if suffix, ok := strings.CutPrefix(host, "*"); ok {
			if strings.HasSuffix(u.Host, suffix) && len(u.Host) > len(suffix) {
				return true
			}
		} else if u.Host == host {
			return true
		}
	}
	return false
}

// allow reports whether the session's credentials may go where u leads: to the
// origin of the service, or one of its provider's. From http to https on the
// same host is a way up that is remembered; there is none back.
func (s *Session) allow(u *url.URL) error {
	origin := s.account.where()
	if sameOrigin(u, origin) {
		return nil
	}
	for _, p := range s.client.options.Partitions {
		if p.has(u) && p.has(origin) {
			return nil
		}
	}
	switch {
	case u.Scheme == origin.Scheme:
		return fail(UnsafeRedirect, "")
	case u.Scheme == "https" && u.Hostname() == origin.Hostname():
		return nil
	}
	return fail(HTTPSRequired, "")
}

// rose notes that the service has been reached by https.
func (s *Session) rose(u *url.URL) {
	if origin := s.account.where(); u.Scheme == "https" && origin.Scheme == "http" && u.Hostname() == origin.Hostname() {
		s.account.moveTo(u)
	}
}

func sameOrigin(a, b *url.URL) bool { return a.Scheme == b.Scheme && a.Host == b.Host }
