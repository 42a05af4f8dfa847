package dav

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/platform/dav/davtest"
)

// A worker keeps 64 listings, and forgets the one that was used least.
func TestListings(t *testing.T) {
	c := &Collection{URL: mustParse(t, "https://dav.test/c/")}
	item := func(n int) []*Item {
		u := mustParse(t, fmt.Sprintf("https://dav.test/c/%d.ics", n))
		return []*Item{{URL: u, Key: Key(u), ETag: `"1"`}}
	}
	kept, owner := newListings(), accountKey{1}
	tokens := make([]string, maxListings+1)
	for n := range maxListings {
		l := newListing(owner, c, "", item(n))
		kept.put(l)
		tokens[n] = l.token
	}
	if kept.get(tokens[0], owner, c) == nil { // which is used by this
		t.Fatal("the first listing is forgotten too early")
	}
	last := newListing(owner, c, "", item(maxListings))
	kept.put(last)
	tokens[maxListings] = last.token
	for n, token := range tokens {
		if got, want := kept.get(token, owner, c) != nil, n != 1; got != want {
			t.Errorf("listing %d is kept: %v", n, got)
		}
	}
	if kept.order.Len() != maxListings || len(kept.byToken) != maxListings {
		t.Errorf("%d listings, %d tokens", kept.order.Len(), len(kept.byToken))
	}
	if kept.get(last.token, accountKey{2}, c) != nil {
		t.Error("another account is given the listing")
	}

	// Large ones count by their bytes.
	large := newListing(owner, c, "", item(0))
	large.bytes, large.token = maxListingBytes, "l:large"
	kept.put(large)
	if kept.order.Len() != 1 {
		t.Errorf("%d listings beside one that takes all the room", kept.order.Len()-1)
	}
}

// A token that the server refuses, in whichever way, brings everything anew, and
// never an error.
func TestRefusedTokens(t *testing.T) {
	for _, status := range []int{400, 403, 409, 410, 500} {
		asked := 0
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if asked++; strings.Contains(string(body), "old-token") {
				w.WriteHeader(status)
				return
			}
			w.WriteHeader(http.StatusMultiStatus)
			list := davtest.Multistatus(davtest.Response("/c/a.ics", `<d:getetag>"1"</d:getetag>`))
			_, _ = w.Write([]byte(strings.Replace(list, "</d:multistatus>", "<d:sync-token>new</d:sync-token></d:multistatus>", 1)))
		})
		s := open(t, CalDAV, server.URL, Options{})
		changes, err := s.changes(t.Context(), &Collection{URL: mustParse(t, server.URL+"/c/")}, "s:old-token")
		if err != nil || !changes.Full || changes.Token != "s:new" || len(changes.items) != 1 || asked != 2 {
			t.Errorf("%d: %+v, %v after %d requests", status, changes, err, asked)
		}
	}
}
