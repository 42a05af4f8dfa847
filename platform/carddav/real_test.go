//go:build unix

package carddav

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/dav/davtest"
)

// user is a client of the platform with a real server.
type user struct {
	t        *testing.T
	p        platform.Platform
	service  string
	password string
	book     string
}

func (u *user) ask(text string) (*activity.Object, string) {
	u.t.Helper()
	message, err := activity.ParseObject([]byte(text))
	if err != nil {
		u.t.Fatalf("%s: %v", text, err)
	}
	message.Set("actor", activity.NewObject(activity.Member{Name: "id", Value: "carddav:ann"}, activity.Member{Name: "type", Value: "person"}))
	if message.Text("type") != "fetch" {
		message.Set("target", activity.NewObject(activity.Member{Name: "id", Value: u.book}, activity.Member{Name: "type", Value: "addressBook"}))
	}
	result, err := u.p.Do(u.t.Context(), platform.Job{Activity: message, Credentials: davtest.Credentials(u.service, "ann", u.password)})
	return result, davtest.ErrorText(err)
}

// must is ask for what must work.
func (u *user) must(text string) *activity.Object {
	u.t.Helper()
	result, failure := u.ask(text)
	if failure != "" {
		u.t.Fatalf("%s: %s", text, failure)
	}
	return result
}

// change sends a contact back with other members, in JSON.
func (u *user) change(contact *activity.Object, members string) (*activity.Object, string) {
	u.t.Helper()
	object := contact.Copy()
	change, err := activity.ParseObject([]byte(members))
	if err != nil {
		u.t.Fatal(err)
	}
	for i := range change.Len() {
		name, value := change.Member(i)
		object.Set(name, value)
	}
	return u.ask(`{"type":"update","object":` + string(activity.AppendJSON(nil, object)) + `}`)
}

func itemsOf(result *activity.Object) []*activity.Object {
	list, _ := result.Get("items").([]any)
	items := make([]*activity.Object, len(list))
	for i, v := range list {
		items[i] = v.(*activity.Object)
	}
	return items
}

// one is the contact with a name among those of a result.
func one(t *testing.T, result *activity.Object, name string) *activity.Object {
	t.Helper()
	for _, item := range itemsOf(result) {
		if item.Text("name") == name {
			return item
		}
	}
	t.Fatalf("no contact %s in %s", name, activity.AppendJSON(nil, result))
	return nil
}

// foreign is what another program stores: much that no message can say.
const foreign = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:foreign-1\r\nFN:Zoë Ångström\r\nN:Ångström;Zoë;;;\r\nORG:Observatory;Spectra;Lab 2\r\n" +
	"item1.EMAIL;TYPE=INTERNET:zoe@cases.test\r\nitem1.X-ABLabel:telescope\r\nTEL;TYPE=CELL;X-SIM=2:+46 1\r\nX-FOREIGN;X-P=1:kept, as it is\r\nEND:VCARD\r\n"

// lines are the unfolded lines of a card but for those that an update or the server
// may change, in an order that does not depend on the server.
func lines(text string) []string {
	text = strings.NewReplacer("\r\n ", "", "\n ", "", "\r", "").Replace(text)
	var list []string
	for line := range strings.SplitSeq(text, "\n") {
		name, _, _ := strings.Cut(line, ":")
		switch name {
		case "", "NICKNAME", "REV", "PRODID":
		default:
			list = append(list, line)
		}
	}
	slices.Sort(list)
	return list
}

// What a person expects, on each of the servers.
func TestReal(t *testing.T) {
	davtest.RunReal(t, func(t *testing.T, r *davtest.Real) {
		p := open(t, davtest.Config)
		u := &user{t, p, r.URL, "secret-1", r.Book}

		// Discovery, from the root and from a collection.
		for _, service := range []string{r.URL, r.Book} {
			result := (&user{t, p, service, "secret-1", r.Book}).must(`{"type":"fetch"}`)
			if !slices.ContainsFunc(itemsOf(result), func(c *activity.Object) bool { return c.Text("id") == r.Book }) {
				t.Fatalf("from %s: %s", service, activity.AppendJSON(nil, result))
			}
		}
		if !r.Anonymous {
			if _, failure := (&user{t, p, r.URL, "nope", r.Book}).ask(`{"type":"fetch"}`); failure != "carddav:authentication-failed" {
				t.Errorf("wrong password: %s", failure)
			}
		}
		start := u.must(`{"type":"query","object":{"syncToken":""}}`)

		// Created and found: all, by name, by e-mail, page by page.
		u.must(`{"type":"create","object":{"type":"person","uid":"rosa-1","name":"Rosa Díaz 世界","familyName":"Díaz","givenName":"Rosa",
			"emails":[{"value":"rosa@cases.test","types":["work"],"preferred":true}],"note":"two\nlines; 🎉"}}`)
		u.must(`{"type":"create","object":{"type":"person","uid":"pia-1","name":"Pia One","familyName":"One","givenName":"Pia"}}`)
		if _, failure := u.ask(`{"type":"create","object":{"type":"person","uid":"rosa-1","name":"Again"}}`); failure != "carddav:conflict" {
			t.Errorf("created twice: %s", failure)
		}
		for _, query := range []string{`{}`, `{"text":"rosa d"}`, `{"text":"ROSA@","fields":["email"]}`} {
			rosa := one(t, u.must(`{"type":"query","object":`+query+`}`), "Rosa Díaz 世界")
			if rosa.Text("note") != "two\nlines; 🎉" || rosa.Text("etag") == "" {
				t.Errorf("%s: %s", query, activity.AppendJSON(nil, rosa))
			}
		}
		if found := u.must(`{"type":"query","object":{"text":"pia"}}`); len(itemsOf(found)) != 1 {
			t.Errorf("pia: %s", activity.AppendJSON(nil, found))
		}
		first := u.must(`{"type":"query","object":{"limit":1}}`)
		second := u.must(`{"type":"query","object":{"limit":1,"after":"` + first.Text("next") + `"}}`)
		if first.Text("next") == "" || second.Text("next") != "" || len(itemsOf(first)) != 1 || len(itemsOf(second)) != 1 ||
			itemsOf(first)[0].Text("uid") == itemsOf(second)[0].Text("uid") {
			t.Errorf("pages: %s and %s", activity.AppendJSON(nil, first), activity.AppendJSON(nil, second))
		}

		// Updated with the tag, not without, and not with an old one.
		rosa := one(t, u.must(`{"type":"query"}`), "Rosa Díaz 世界")
		if _, failure := u.change(rosa, `{"nickname":"Ro"}`); failure != "" {
			t.Fatalf("update: %s", failure)
		}
		if _, failure := u.change(rosa, `{"etag":""}`); !strings.HasPrefix(failure, "carddav:invalid-update") {
			t.Errorf("update without etag: %s", failure)
		}
		conflict, failure := u.change(rosa, `{"nickname":"Rosita"}`)
		if current := conflict.Object("current"); failure != "carddav:conflict" || current.Text("nickname") != "Ro" || current.Text("etag") == "" {
			t.Fatalf("stale update: %s %s", failure, activity.AppendJSON(nil, conflict))
		}
		if _, failure := u.change(rosa, `{"etag":"*","nickname":"Rosita"}`); failure != "" {
			t.Errorf("update over whatever is there: %s", failure)
		}

		// What others wrote stays.
		r.Put(t, r.Book+"foreign.vcf", foreign)
		before := r.Get(t, r.Book+"foreign.vcf")
		zoe := one(t, u.must(`{"type":"query"}`), "Zoë Ångström")
		if _, failure := u.change(zoe, `{"nickname":"Zo, Å"}`); failure != "" {
			t.Fatalf("update of what others wrote: %s", failure)
		}
		if now := r.Get(t, r.Book+"foreign.vcf"); !slices.Equal(lines(now), lines(before)) || !strings.Contains(now, "NICKNAME:Zo") {
			t.Errorf("before %s\nafter %s", before, now)
		}

		// Two clients at once: one of them is told.
		zoe = one(t, u.must(`{"type":"query"}`), "Zoë Ångström")
		var both sync.WaitGroup
		results := make([]string, 2)
		for i := range results {
			both.Go(func() { _, results[i] = u.change(zoe, `{"title":"`+string(rune('a'+i))+`"}`) })
		}
		both.Wait()
		slices.Sort(results)
		if results[0] != "" || results[1] != "carddav:conflict" {
			t.Errorf("two at once: %q", results)
		}

		// Deleted, and what changed since the beginning.
		middle := u.must(`{"type":"query","object":{"syncToken":` + string(activity.AppendString(nil, start.Text("syncToken"))) + `}}`)
		if len(itemsOf(middle)) != 3 || middle.Get("full") != false {
			t.Errorf("changes: %s", activity.AppendJSON(nil, middle))
		}
		zoe = one(t, u.must(`{"type":"query"}`), "Zoë Ångström")
		id, tag := string(activity.AppendString(nil, zoe.Text("id"))), string(activity.AppendString(nil, zoe.Text("etag")))
		if _, failure := u.ask(`{"type":"delete","object":{"type":"person","id":` + id + `,"etag":"\"stale\""}}`); failure != "carddav:conflict" {
			t.Errorf("stale delete: %s", failure)
		}
		u.must(`{"type":"delete","object":{"type":"person","id":` + id + `,"etag":` + tag + `}}`)
		end := u.must(`{"type":"query","object":{"syncToken":` + string(activity.AppendString(nil, middle.Text("syncToken"))) + `}}`)
		if removed, _ := end.Get("removed").([]string); len(itemsOf(end)) != 0 || len(removed) != 1 || removed[0] != zoe.Text("id") {
			t.Errorf("after delete: %s", activity.AppendJSON(nil, end))
		}
	})
}
