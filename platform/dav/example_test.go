package dav_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/dav"
	"github.com/sockethub/sockethub/platform/dav/davtest"
)

// What a server is asked until it has told where the calendars are.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		fmt.Println(strings.TrimSpace(r.Method + " " + r.URL.Path + " depth " + r.Header.Get("Depth") + " " + scheme))
		switch {
		case r.URL.Path == "/":
			w.WriteHeader(http.StatusMethodNotAllowed)
		case r.URL.Path == "/.well-known/caldav":
			http.Redirect(w, r, "/dav/", http.StatusMovedPermanently)
		case scheme == "":
			w.Header().Set("WWW-Authenticate", `Basic realm="calendars"`)
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/dav/":
			w.WriteHeader(http.StatusMultiStatus)
			fmt.Fprint(w, davtest.Multistatus(davtest.Response("/dav/",
				`<c:calendar-home-set><d:href>/dav/ann/</d:href></c:calendar-home-set>`)))
		default:
			w.WriteHeader(http.StatusMultiStatus)
			fmt.Fprint(w, davtest.Multistatus(davtest.Response("/dav/ann/work/",
				`<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:displayname>Work</d:displayname>`)))
		}
	}))
	defer server.Close()

	client, err := dav.New(dav.Options{AllowPrivate: true, AllowHTTP: true}, dav.CalDAV)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	credentials, _ := activity.ParseObject([]byte(`{"object":{"url":"` + server.URL + `","username":"ann","password":"secret-1"}}`))
	session, err := client.Open(credentials)
	if err != nil {
		fmt.Println(err)
		return
	}
	calendars, err := session.Collections(context.Background())
	for _, c := range calendars {
		fmt.Println(c.Name, "is at", c.URL.Path)
	}
	fmt.Println(err)
	// Output:
	// PROPFIND / depth 0
	// PROPFIND /.well-known/caldav depth 0
	// PROPFIND /dav/ depth 0
	// PROPFIND /dav/ depth 0 Basic
	// PROPFIND /dav/ann/ depth 1 Basic
	// Work is at /dav/ann/work/
	// <nil>
}
