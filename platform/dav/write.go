package dav

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/sockethub/sockethub/activity"
)

// Member returns the address of the resource that an object of a message is
// about, if it is in the collection and the object has those members too.
func (c *Collection) Member(object *activity.Object, members ...string) (*url.URL, error) {
	if object == nil {
		return nil, errors.New("message must have required property 'object'")
	}
	u, err := member(c.URL, object.Text("id"))
	if err != nil {
		return nil, err
	}
	for _, name := range members {
		if object.Text(name) == "" {
			return nil, errors.New("object must have required property '" + name + "'")
		}
	}
	return u, nil
}

// New returns the address of a new resource for a UID. The name is made of it as
// other clients do, so that two of them that add the same thing meet; a UID that
// some server would read as a path gives a name that says nothing.
func (s *Session) New(c *Collection, uid string) *url.URL {
	name := uid
	if strings.ContainsAny(uid, "/\\%") || strings.Trim(uid, ".") == "" || len(uid) > 150 || strings.ContainsFunc(uid, control) {
		sum := sha256.Sum256([]byte(uid))
		name = hex.EncodeToString(sum[:16])
	}
	u := *c.URL
	u.RawQuery = ""
	path := strings.TrimSuffix(u.EscapedPath(), "/") + "/" + escapeName(name) + s.client.protocol.Extension
	u.RawPath = path
	u.Path, _ = url.PathUnescape(path)
	return &u
}

func control(r rune) bool { return r < ' ' || r == 0x7F }

// escapeName escapes what JavaScript's encodeURIComponent does: names are those
// that the reference server has made.
func escapeName(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.!~*'()", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
	}
	return b.String()
}

// Stored is a resource as it is on the server.
type Stored struct {
	URL  *url.URL
	ETag string
	Data []byte
}

// Get fetches a resource. With an etag it must be that version; a server that
// does not look at If-Match is checked. fallback is the code for what has none.
func (s *Session) Get(ctx context.Context, u *url.URL, etag, fallback string) (*Stored, error) {
	// Compressed answers have other tags with some proxies, which no PUT may name.
	header := http.Header{"Accept-Encoding": {"identity"}}
	if etag != "" {
		header.Set("If-Match", etag)
	}
	a, err := s.send(ctx, request{http.MethodGet, u, header, ""})
	if err != nil {
		return nil, err
	}
	defer a.close()
	if a.Status < 200 || a.Status > 299 {
		return nil, a.failure(fallback)
	}
	stored := &Stored{URL: u, ETag: a.Header.Get("ETag")}
	if stored.Data, err = io.ReadAll(a.Body); err != nil {
		return nil, broken(err)
	}
	if etag != "" && stored.ETag != "" && opaque(etag) != opaque(stored.ETag) {
		return stored, fail(Conflict, "")
	}
	return stored, nil
}

// opaque is what two tags are compared by, which servers write in more than one
// way: weak or not, quoted or not, with what a proxy appends.
func opaque(etag string) string {
	etag = strings.TrimPrefix(strings.TrimSpace(etag), "W/")
	etag = strings.Trim(etag, `"`)
	return strings.TrimSuffix(etag, "-gzip")
}

// Put stores a resource: over the version etag, or as a new one if etag is "".
// What is returned is how it is stored as far as the server tells: Data is nil
// unless that is known to differ from data.
func (s *Session) Put(ctx context.Context, u *url.URL, etag string, data []byte, fallback string) (*Stored, error) {
	header := http.Header{"Content-Type": {s.client.protocol.MediaType}, "Accept-Encoding": {"identity"}}
	if etag == "" {
		header.Set("If-None-Match", "*")
	} else {
		header.Set("If-Match", etag)
	}
	a, err := s.send(ctx, request{http.MethodPut, u, header, string(data)})
	if err != nil {
		return nil, err
	}
	failure := error(nil)
	if a.Status < 200 || a.Status > 299 {
		failure = s.lost(a.failure(fallback))
	}
	a.close() // before the GET: a host has few places
	if failure != nil {
		return nil, failure
	}
	stored := &Stored{URL: u, ETag: a.Header.Get("ETag")}
	if location := a.Header.Get("Location"); location != "" && etag == "" {
		// One that leads elsewhere is not followed, but what was created is created.
		if at, err := resolve(a.url, location); err == nil && s.allow(at) == nil {
			stored.URL = at
		}
	}
	if stored.ETag != "" && !strings.HasPrefix(stored.ETag, "W/") {
		return stored, nil
	}
	if now, err := s.Get(ctx, stored.URL, "", fallback); err == nil {
		if now.ETag != "" {
			stored.ETag = now.ETag
		}
		if string(now.Data) != string(data) && len(now.Data) > 0 {
			stored.Data = now.Data
		}
	}
	return stored, nil
}

// Delete removes the version etag of a resource. With quiet the server is asked
// not to tell the organizer of a meeting (RFC 6638, section 8.1).
func (s *Session) Delete(ctx context.Context, u *url.URL, etag string, quiet bool, fallback string) error {
	header := http.Header{"If-Match": {etag}}
	if quiet {
		header.Set("Schedule-Reply", "F")
	}
	a, err := s.send(ctx, request{http.MethodDelete, u, header, ""})
	if err != nil {
		return err
	}
	defer a.close()
	switch {
	case a.Status == http.StatusMultiStatus:
		return s.partly(a, fallback)
	case a.Status < 200 || a.Status > 299:
		return a.failure(fallback)
	}
	return nil
}

// partly reads the multistatus that some servers answer to DELETE: nothing in it
// may have failed (RFC 4918, section 9.6.1).
func (s *Session) partly(a *answer, fallback string) error {
	_, err := readMultistatus(a.Body, name{}, func(r *Response) error {
		if r.Status >= 400 {
			return failureOf(r.Status, a.Header, r.condition(), fallback)
		}
		return nil
	})
	if err != nil {
		return broken(err)
	}
	return nil
}
