package xmpp

import (
	"net/url"

	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// maxAttachments is how many files a message has at most.
const maxAttachments = 10

// attachments are the files that a message points to (XEP-0066), nil when there
// are none.
//
//	<x xmlns='jabber:x:oob'><url>https://files.quay.example/a.png</url><desc>A tug</desc></x>
//	{"type":"link","href":"https://files.quay.example/a.png","name":"A tug"}
func attachments(e *xml.Element) []any {
	var links []any
	for c := range e.Elements {
		if !c.Is(nsOOB, "x") || len(links) == maxAttachments {
			continue
		}
		if href := c.Child(nsOOB, "url").Text(); isWebAddress(href) {
			links = append(links, object("type", "link", "href", href, "name", c.Child(nsOOB, "desc").Text()))
		}
	}
	return links
}

// isWebAddress reports whether a browser may be pointed to href: http and https,
// and nothing that runs or reads what is on the user's machine.
func isWebAddress(href string) bool {
	u, err := url.Parse(href)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
