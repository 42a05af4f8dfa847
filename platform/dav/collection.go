package dav

import (
	"net/url"
	"strings"
	"sync/atomic"
)

// Collection is a calendar or an address book.
type Collection struct {
	URL         *url.URL // as the server wrote it
	Name        string   // the path where the server has none
	Description *string  // nil where the server has none
	Color       *string  // likewise
	ReadOnly    bool
	Scheduling  bool     // the server sends invitations by itself (RFC 6638)
	Components  []string // in upper case; nil when the server does not say
	Versions    []string // of vCard; nil likewise

	// RightRanges says that the server was seen to find what recurs by an occurrence
	// that is not the first; some do not.
	RightRanges atomic.Bool
}

// newCollection reads the properties of a collection; nil if it is none of ours.
func (p *Protocol) newCollection(u *url.URL, r *Response) *Collection {
	if r.Prop(nsDAV, "resourcetype").Child(p.Namespace, p.Collection) == nil {
		return nil
	}
	c := &Collection{URL: u, Name: u.EscapedPath()}
	if e := r.Prop(nsDAV, "displayname"); e != nil {
		c.Name = e.Text
	}
	if e := r.Prop(p.Namespace, p.Collection+"-description"); e != nil {
		text := e.Text
		c.Description = &text
	}
	if e := r.Prop(nsApple, "calendar-color"); e != nil {
		text := e.Text
		c.Color = &text
	}
	c.ReadOnly = readOnly(r.Prop(nsDAV, "current-user-privilege-set"))
	if set := r.Prop(p.Namespace, "supported-calendar-component-set"); set != nil {
		for _, e := range set.Children {
			if e.Local == "comp" {
				c.Components = append(c.Components, strings.ToUpper(e.Attrs["name"]))
			}
		}
	}
	if set := r.Prop(p.Namespace, "supported-address-data"); set != nil {
		for _, e := range set.Children {
			if e.Attrs["content-type"] == "text/vcard" {
				c.Versions = append(c.Versions, e.Attrs["version"])
			}
		}
	}
	return c
}

// readOnly reports whether a set of privileges (RFC 3744, section 5.4) has none
// to write with. A server that says nothing of them lets the user find out.
func readOnly(set *Element) bool {
	if set == nil || set.Children == nil {
		return false
	}
	for _, privilege := range set.Children {
		for _, p := range privilege.Children {
			switch p.Local {
			case "all", "write", "write-content", "bind":
				return false
			}
		}
	}
	return true
}
