package webfetch

import (
	"bytes"
	"io"
	"net/http"
	"net/url"

	"github.com/sockethub/sockethub/activity"
)

// Document is something that is served from memory.
type Document struct {
	ContentType string
	Text        string
}

// inMemory answers for documents by their URL, and leaves all else to next. It
// lets a platform read pages of its own server, which stands at an address that
// nobody may be led to: nothing is looked up or dialled.
type inMemory struct {
	documents map[string]Document
	next      *http.Transport
}

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	d, ok := m.documents[withoutFragment(r.URL)]
	if !ok || r.Method != http.MethodGet {
		return m.next.RoundTrip(r)
	}
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Request: r,
		Header:        http.Header{"Content-Type": {d.ContentType}},
		ContentLength: int64(len(d.Text)),
		Body:          io.NopCloser(bytes.NewReader([]byte(d.Text))),
	}, nil
}

// ownDocuments reads {"http://localhost:10550/feed.xml":{"type":"application/xml","text":"…"}}.
func ownDocuments(value any) (map[string]Document, bool) {
	o, ok := value.(*activity.Object)
	if !ok {
		return nil, false
	}
	all := map[string]Document{}
	for i := range o.Len() {
		address, v := o.Member(i)
		d, isObject := v.(*activity.Object)
		u, err := url.Parse(address)
		if !isObject || err != nil || u.Host == "" {
			return nil, false
		}
		all[u.String()] = Document{ContentType: d.Text("type"), Text: d.Text("text")}
	}
	return all, true
}
