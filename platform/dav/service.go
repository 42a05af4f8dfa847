package dav

import (
	"net/url"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/webfetch"
)

// Protocol is what differs between calendars and address books for this package.
type Protocol struct {
	Name       string // "caldav": in addresses that are well known
	Namespace  string
	HomeSet    string // the property of a principal that names the homes
	Collection string // the type of a collection
	Data       string // the property that holds a resource
	MediaType  string // of a resource
	Extension  string // of a resource's file, with the dot
	NotOne     string // the code for a server that has no such homes

	Entry    string // the body that asks who and what is at an address
	Listing  string // the body that asks for the collections at an address
	Multiget string // the root of the report that asks for some resources
}

// CalDAV is RFC 4791.
var CalDAV = Protocol{
	Name: "caldav", Namespace: nsCalDAV, HomeSet: "calendar-home-set", Collection: "calendar",
	Data: "calendar-data", MediaType: "text/calendar; charset=utf-8", Extension: ".ics", NotOne: "not-caldav",
	Entry: `<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">
  <d:prop><d:current-user-principal/><c:calendar-home-set/><d:resourcetype/><c:schedule-inbox-URL/><c:schedule-outbox-URL/></d:prop>
</d:propfind>`,
	Listing: `<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:a="http://apple.com/ns/ical/">
  <d:prop><d:resourcetype/><d:displayname/><a:calendar-color/><c:supported-calendar-component-set/><c:calendar-description/><d:current-user-privilege-set/></d:prop>
</d:propfind>`,
	Multiget: "calendar-multiget",
}

// CardDAV is RFC 6352.
var CardDAV = Protocol{
	Name: "carddav", Namespace: nsCardDAV, HomeSet: "addressbook-home-set", Collection: "addressbook",
	Data: "address-data", MediaType: "text/vcard; charset=utf-8", Extension: ".vcf", NotOne: "not-carddav",
	Entry: `<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav">
 <d:prop><d:current-user-principal/><c:addressbook-home-set/><d:resourcetype/></d:prop>
</d:propfind>`,
	Listing: `<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav">
 <d:prop><d:resourcetype/><d:displayname/><c:addressbook-description/><c:supported-address-data/><d:current-user-privilege-set/></d:prop>
</d:propfind>`,
	Multiget: "addressbook-multiget",
}

// secret is who asks: a name and a password, or a token.
type secret struct{ user, password, token string }

// readCredentials reads stored credentials and checks the address of the
// service in them. Its failures come before any request.
func (c *Client) readCredentials(credentials *activity.Object) (*url.URL, secret, error) {
	object := credentials.Object("object")
	who := secret{object.Text("username"), object.Text("password"), object.Text("token")}
	text := object.Text("url")
	scheme, rest, ok := strings.Cut(strings.TrimSpace(text), ":")
	if !ok || rest == "" {
		return nil, who, fail(InvalidURL, "")
	}
	u, err := webfetch.ParseURL(withoutUser(text))
	switch class := webfetch.ClassOf(err); {
	case class == webfetch.InvalidURL:
		return nil, who, fail(InvalidURL, "")
	case !strings.EqualFold(scheme, "https") && !c.options.AllowHTTP:
		return nil, who, fail(HTTPSRequired, "")
	case err != nil:
		return nil, who, unreachable(err)
	}
	u.Fragment, u.RawFragment = "", ""
	return u, who, nil
}

// ErrInvalidURL is an address of a server's making that nobody can read.
type ErrInvalidURL struct{}

func (ErrInvalidURL) Error() string { return "Invalid URL" }

// resolve reads an address that a server wrote in an answer from base.
func resolve(base *url.URL, href string) (*url.URL, error) {
	if isPlain(href) {
		return &url.URL{Scheme: base.Scheme, Host: base.Host, Path: href}, nil
	}
	u, err := webfetch.Resolve(base, withoutUserIfAbsolute(href))
	if err != nil {
		return nil, ErrInvalidURL{}
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// isPlain reports whether a reference is a path that stands in an address as it is,
// as most of them are: a server names thousands in one answer.
func isPlain(href string) bool {
	if href == "" || href[0] != '/' || strings.Contains(href, "//") || strings.Contains(href, "/.") {
		return false
	}
	for i := range len(href) {
		switch c := href[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("/-._~@", c) >= 0:
		default:
			return false
		}
	}
	return true
}

func withoutUserIfAbsolute(href string) string {
	if strings.Contains(href, "//") {
		return withoutUser(href)
	}
	return href
}
