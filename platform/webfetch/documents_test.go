package webfetch

import (
	"io"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

// The server's own pages are read although nobody may be led to where they are;
// their neighbours are not.
func TestOwnDocuments(t *testing.T) {
	own, err := activity.ParseObject([]byte(`{"http://localhost:10550/feed.xml":{"type":"application/xml","text":"<rss/>"}}`))
	if err != nil {
		t.Fatal(err)
	}
	var o Options
	if known, ok := o.Set("ownDocuments", own); !known || !ok {
		t.Fatal("ownDocuments is not taken")
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r, err := c.Fetch(t.Context(), Request{URL: "http://LOCALHOST:10550/feed.xml#top"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if text, err := io.ReadAll(r.Body); string(text) != "<rss/>" || err != nil || r.Header.Get("Content-Type") != "application/xml" {
		t.Errorf("%q, %v, %v", text, r.Header, err)
	}
	for _, url := range []string{"http://localhost:10550/feed.xml?x", "http://localhost:10550/", "http://127.0.0.1:10550/feed.xml"} {
		if _, err := c.Fetch(t.Context(), Request{URL: url}); ClassOf(err) != BadAddress {
			t.Errorf("%s: %v", url, err)
		}
	}
	if _, ok := o.Set("ownDocuments", "x"); ok {
		t.Error("a text is taken for documents")
	}
}
