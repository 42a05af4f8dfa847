package dav

import (
	"errors"
	"io"
	"strconv"
	"strings"
)

// The namespaces of what is read and written.
const (
	nsDAV     = "DAV:"
	nsCalDAV  = "urn:ietf:params:xml:ns:caldav"
	nsCardDAV = "urn:ietf:params:xml:ns:carddav"
	nsApple   = "http://apple.com/ns/ical/"
	nsServer  = "http://calendarserver.org/ns/"
)

// Response is what a multistatus says of one resource (RFC 4918, section 14.24).
type Response struct {
	Href  string
	Props []*Element // the properties of all propstats that succeeded; valid during the call only

	// Status is that of the resource, or of its properties when all failed
	// alike; 0 when some are there.
	Status      int
	Description string
	Error       *Element // the condition that was not met
	Data        []byte   // calendar-data or address-data; valid during the call only
	HasData     bool

	propstat bool // the server answered for each property
}

// Prop returns a property, nil if the server did not give it.
func (r *Response) Prop(space, local string) *Element {
	for _, p := range r.Props {
		if p.Local == local && p.Space == space {
			return p
		}
	}
	return nil
}

// Gone reports that the server no longer has the resource.
func (r *Response) Gone() bool { return r.Status == 404 || r.Status == 410 }

// readMultistatus reads a body of status 207 and calls each for every response
// in it, one after the other, so that no more than one is in memory. It returns
// the sync-token behind them, "" if there is none. An error of each's ends it.
func readMultistatus(in io.Reader, data name, each func(*Response) error) (token string, err error) {
	s := newScanner(in)
	if _, err := s.next(); err != nil {
		return "", unexpected(err)
	}
	if s.name != (name{nsDAV, "multistatus"}) {
		return "", errors.New("not a multistatus")
	}
	var buffer []byte
	for {
		kind, err := s.next()
		switch {
		case err != nil:
			return "", unexpected(err)
		case kind == charData:
		case kind == endTag:
			if _, err := s.next(); err != io.EOF {
				if err == nil {
					err = errXML
				}
				return "", err
			}
			return token, nil
		case s.name == name{nsDAV, "response"}:
			s.reuse()
			buffer = buffer[:0]
			e, err := s.element(data, &buffer)
			if err != nil {
				return "", err
			}
			for _, r := range responses(e, data) {
				r.Data = buffer
				if err := each(r); err != nil {
					return "", err
				}
			}
		default:
			e, err := s.element(name{}, nil)
			if err != nil {
				return "", err
			}
			if e.Space == nsDAV && e.Local == "sync-token" {
				token = e.Text
			}
		}
	}
}

// responses reads a response element. One that has a status may be for several
// hrefs.
func responses(e *Element, data name) []*Response {
	var r Response
	var hrefs []string
	failed := 0
	for _, c := range e.Children {
		if c.Space != nsDAV {
			continue
		}
		switch c.Local {
		case "href":
			hrefs = append(hrefs, c.Text)
		case "status":
			r.Status = statusOf(c.Text)
		case "responsedescription":
			r.Description = c.Text
		case "error":
			r.Error = c
		case "propstat":
			r.propstat = true
			status := statusOf(c.Child(nsDAV, "status").text())
			if status < 200 || status > 299 {
				failed = status
				continue
			}
			prop := c.Child(nsDAV, "prop")
			if prop == nil {
				continue
			}
			r.Props = append(r.Props, prop.Children...)
			r.HasData = r.HasData || prop.Child(data.space, data.local) != nil
		}
	}
	if r.Status == 0 && r.Props == nil {
		r.Status = failed
	}
	if r.Status >= 200 && r.Status <= 299 {
		r.Status = 0
	}
	list := make([]*Response, len(hrefs))
	for i, href := range hrefs {
		one := r
		one.Href = href
		list[i] = &one
	}
	return list
}

// statusOf is the number in a status line such as "HTTP/1.1 200 OK".
func statusOf(line string) int {
	_, rest, _ := strings.Cut(line, " ")
	number, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	n, err := strconv.Atoi(number)
	if err != nil {
		return 0
	}
	return n
}
