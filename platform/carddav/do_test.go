package carddav

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/dav/davtest"
)

// do does a message for an address book of the fake server.
func do(t *testing.T, p platform.Platform, s *davtest.Server, text string) (*activity.Object, string) {
	t.Helper()
	message, err := activity.ParseObject([]byte(strings.ReplaceAll(text, "{{ORIGIN}}", s.URL)))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	message.Set("target", activity.NewObject(activity.Member{Name: "id", Value: s.URL + "/dav/home/book/"}, activity.Member{Name: "type", Value: "addressBook"}))
	return davtest.Do(t.Context(), p, "carddav", s.URL+"/dav/", message)
}

// A UID may have any letters: where a server could take them for a path the file
// has another name, and the contact is found, changed and deleted by its address.
func TestOddUIDs(t *testing.T) {
	p := open(t, davtest.Config)
	for _, uid := range []string{"a/b", "a%b", `a\b`, "../x", "a b;c,d:e", "世界 ü", strings.Repeat("long", 50)} {
		s := davtest.New(t)
		quoted, _ := json.Marshal(uid)
		made, failure := do(t, p, s, `{"type":"create","object":{"type":"person","name":"Ann","uid":`+string(quoted)+`}}`)
		if failure != "" {
			t.Errorf("%q: create: %s", uid, failure)
			continue
		}
		id := made.Object("object").Text("id")
		if name := strings.TrimPrefix(id, s.URL+"/dav/home/book/"); strings.ContainsAny(name, `/\`) || strings.Contains(name, "%2F") {
			t.Errorf("%q is stored as %s", uid, id)
		}
		found, failure := do(t, p, s, `{"type":"query"}`)
		items, _ := found.Get("items").([]any)
		if failure != "" || len(items) != 1 || items[0].(*activity.Object).Text("uid") != uid {
			t.Errorf("%q: query: %s %s", uid, failure, activity.AppendJSON(nil, found))
			continue
		}
		etag, _ := json.Marshal(items[0].(*activity.Object).Text("etag"))
		object := `{"type":"person","id":"` + id + `","uid":` + string(quoted) + `,"etag":` + string(etag) + `,"note":"x"}`
		changed, failure := do(t, p, s, `{"type":"update","object":`+object+`}`)
		if failure != "" {
			t.Errorf("%q: update: %s", uid, failure)
			continue
		}
		etag, _ = json.Marshal(changed.Object("object").Text("etag"))
		if _, failure = do(t, p, s, `{"type":"delete","object":{"type":"person","id":"`+id+`","etag":`+string(etag)+`}}`); failure != "" {
			t.Errorf("%q: delete: %s", uid, failure)
		}
	}
}

// An update over whatever is there is tried three times; a conflict comes with the
// contact as it is.
func TestUpdateOverAnything(t *testing.T) {
	for refusals, want := range map[int]string{0: "", 2: "", 3: "carddav:conflict"} {
		s := davtest.New(t)
		s.Docs["/dav/home/book/a.vcf"] = davtest.Doc{ETag: `"1"`, Data: "BEGIN:VCARD\r\nVERSION:2.1\r\nUID:a\r\nFN:Old\r\nX-KEPT:1\r\nEND:VCARD\r\n"}
		if refusals > 0 {
			s.Faults = []davtest.Fault{{Method: "PUT", Times: refusals, Status: 412}}
		}
		result, failure := do(t, open(t, davtest.Config), s,
			`{"type":"update","object":{"type":"person","id":"{{ORIGIN}}/dav/home/book/a.vcf","uid":"a","etag":"*","name":"New"}}`)
		if failure != want {
			t.Errorf("%d refusals: %q, want %q", refusals, failure, want)
		}
		if current := result.Object("current"); want != "" && (current.Text("name") != "Old" || current.Text("etag") != `"1"`) {
			t.Errorf("current: %s", activity.AppendJSON(nil, result))
		}
		puts := 0
		for _, r := range s.Requests() {
			if r.Method == "PUT" {
				puts++
				if r.Header.Get("If-Match") != `"1"` || r.Body != "BEGIN:VCARD\r\nVERSION:2.1\r\nUID:a\r\nFN:New\r\nX-KEPT:1\r\nEND:VCARD\r\n" {
					t.Errorf("PUT with %q: %s", r.Header.Get("If-Match"), r.Body)
				}
			}
		}
		if puts != min(refusals+1, 3) {
			t.Errorf("%d refusals: %d PUTs", refusals, puts)
		}
	}
}

// Codes that only address books have; package caldav tests those of both.
func TestCodes(t *testing.T) {
	s := davtest.New(t)
	s.Faults = []davtest.Fault{{Method: "PROPFIND", Status: 207, Body: davtest.Multistatus(davtest.Response("/dav/", `<d:current-user-principal><d:href>/dav/</d:href></d:current-user-principal>`))}}
	if _, failure := do(t, open(t, davtest.Config), s, `{"type":"fetch"}`); failure != "carddav:not-carddav" {
		t.Errorf("%q", failure)
	}
	message, err := activity.ParseObject([]byte(`{"type":"query","target":{"id":"https://elsewhere.test/","type":"addressBook"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, failure := davtest.Do(t.Context(), open(t, davtest.Config), "carddav", davtest.New(t).URL+"/dav/", message); failure != "carddav:invalid-address-book" {
		t.Errorf("%q", failure)
	}
}
