//go:build unix

package caldav

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
	t        testing.TB
	p        platform.Platform
	service  string
	password string
	calendar string
}

func (u *user) ask(text string) (*activity.Object, string) {
	u.t.Helper()
	message, err := activity.ParseObject([]byte(text))
	if err != nil {
		u.t.Fatalf("%s: %v", text, err)
	}
	return u.send(message)
}

func (u *user) send(message *activity.Object) (*activity.Object, string) {
	message.Set("actor", activity.NewObject(activity.Member{Name: "id", Value: "caldav:ann"}, activity.Member{Name: "type", Value: "person"}))
	if message.Get("target") == nil && message.Text("type") != "fetch" {
		message.Set("target", activity.NewObject(activity.Member{Name: "id", Value: u.calendar}, activity.Member{Name: "type", Value: "calendar"}))
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

// change sends an item back with other members, in JSON.
func (u *user) change(item *activity.Object, members string) (*activity.Object, string) {
	u.t.Helper()
	object := item.Copy()
	change, err := activity.ParseObject([]byte(members))
	if err != nil {
		u.t.Fatal(err)
	}
	for i := range change.Len() {
		name, value := change.Member(i)
		object.Set(name, value)
	}
	// As it comes from a client: through JSON.
	message, err := activity.ParseObject(activity.AppendJSON(nil, activity.NewObject(
		activity.Member{Name: "type", Value: "update"}, activity.Member{Name: "object", Value: object})))
	if err != nil {
		u.t.Fatal(err)
	}
	return u.send(message)
}

func itemsOf(result *activity.Object) []*activity.Object {
	list, _ := result.Get("items").([]any)
	items := make([]*activity.Object, len(list))
	for i, v := range list {
		items[i] = v.(*activity.Object)
	}
	return items
}

// one is the item with a UID among those of a result.
func one(t *testing.T, result *activity.Object, uid string) *activity.Object {
	t.Helper()
	for _, item := range itemsOf(result) {
		if item.Text("uid") == uid {
			return item
		}
	}
	t.Fatalf("no item %s in %s", uid, activity.AppendJSON(nil, result))
	return nil
}

// foreign is what another program stores: much that no message can say.
const foreign = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//foreign//EN\r\nBEGIN:VEVENT\r\nUID:foreign@cases.test\r\nDTSTAMP:20260101T000000Z\r\n" +
	"DTSTART:20260610T080000Z\r\nDTEND:20260610T090000Z\r\nSUMMARY:Théâtre 世界\r\nX-FOREIGN;X-P=\"a;b\":kept, as it is\r\n" +
	"RRULE:FREQ=MONTHLY;BYDAY=WE;BYSETPOS=2;COUNT=4\r\nATTENDEE;CN=Bob;CUTYPE=INDIVIDUAL;X-NUM-GUESTS=2:mailto:bob@cases.test\r\n" +
	"BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER;RELATED=END:-PT5M\r\nDESCRIPTION:x\r\nX-WR-ALARMUID:1\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// lines are the unfolded lines of a resource but for those that an update may
// change, in an order that does not depend on the server.
func lines(text string) []string {
	text = strings.NewReplacer("\r\n ", "", "\n ", "", "\r", "").Replace(text)
	var list []string
	for line := range strings.SplitSeq(text, "\n") {
		name, _, _ := strings.Cut(line, ":")
		switch name {
		case "", "SUMMARY", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE":
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
		u := &user{t, p, r.URL, "secret-1", r.Calendar}

		// Discovery, from the root and from a collection.
		for _, service := range []string{r.URL, r.Calendar} {
			at := &user{t, p, service, "secret-1", r.Calendar}
			result := at.must(`{"type":"fetch"}`)
			if !slices.ContainsFunc(itemsOf(result), func(c *activity.Object) bool { return c.Text("id") == r.Calendar }) {
				t.Fatalf("from %s: %s", service, activity.AppendJSON(nil, result))
			}
			for _, c := range itemsOf(result) {
				if scheduling, _ := c.Get("scheduling").(bool); scheduling != (r.Name == "cyrus") {
					t.Errorf("scheduling is %v", scheduling)
				}
			}
		}
		if !r.Anonymous {
			wrong := &user{t, p, r.URL, "nope", r.Calendar}
			if _, failure := wrong.ask(`{"type":"fetch"}`); failure != "caldav:authentication-failed" {
				t.Errorf("wrong password: %s", failure)
			}
		}

		start := u.must(`{"type":"query","object":{"syncToken":""}}`)
		if start.Get("full") != true || start.Text("syncToken") == "" {
			t.Fatalf("first synchronisation: %s", activity.AppendJSON(nil, start))
		}

		// Created, found, and found again with the same bytes.
		made := u.must(`{"type":"create","object":{"type":"event","uid":"weekly@cases.test","name":"Grüße, 世界; 🎉","startTime":"2026-06-01T09:00:00",
			"endTime":"2026-06-01T10:00:00","timeZone":"Europe/Prague","recurrence":{"frequency":"weekly","count":4},
			"reminders":[{"trigger":"-PT10M"}],"content":"two\nlines"}}`)
		if made.Object("object").Text("etag") == "" {
			t.Errorf("no etag: %s", activity.AppendJSON(nil, made))
		}
		if _, failure := u.ask(`{"type":"create","object":{"type":"event","uid":"weekly@cases.test","name":"Again","startTime":"2026-06-01T09:00:00Z","endTime":"2026-06-01T10:00:00Z"}}`); failure != "caldav:conflict" {
			t.Errorf("created twice: %s", failure)
		}
		u.must(`{"type":"create","object":{"type":"event","uid":"may@cases.test","name":"In May","startTime":"2026-05-01T09:00:00Z","endTime":"2026-05-01T10:00:00Z"}}`)
		june := `{"type":"query","object":{"type":"event","startTime":"2026-06-01T00:00:00Z","endTime":"2026-07-01T00:00:00Z"}}`
		found := u.must(june)
		weekly := one(t, found, "weekly@cases.test")
		if len(itemsOf(found)) != 1 || weekly.Text("name") != "Grüße, 世界; 🎉" || weekly.Text("content") != "two\nlines" {
			t.Errorf("June: %s", activity.AppendJSON(nil, found))
		}

		// Updated with the tag, not without, and not with an old one.
		updated, failure := u.change(weekly, `{"location":"Room 2"}`)
		if failure != "" {
			t.Fatalf("update: %s", failure)
		}
		if _, failure := u.change(weekly, `{"etag":""}`); !strings.HasPrefix(failure, "caldav:invalid-update") {
			t.Errorf("update without etag: %s", failure)
		}
		conflict, failure := u.change(weekly, `{"location":"Room 3"}`)
		current := conflict.Object("current")
		if failure != "caldav:conflict" || current.Text("location") != "Room 2" || current.Text("etag") == "" {
			t.Fatalf("stale update: %s %s", failure, activity.AppendJSON(nil, conflict))
		}
		if tag := updated.Object("object").Text("etag"); tag != "" && tag != current.Text("etag") {
			t.Errorf("update gave %s, current is %s", tag, current.Text("etag"))
		}
		if _, failure := u.change(weekly, `{"etag":"*","location":"Room 4"}`); failure != "" {
			t.Errorf("update over whatever is there: %s", failure)
		}

		// One occurrence changed, one cancelled.
		weekly = one(t, u.must(june), "weekly@cases.test")
		if _, failure := u.change(weekly, `{"recurrenceId":"2026-06-08T09:00:00+02:00","name":"Moved","startTime":"2026-06-08T12:00:00","endTime":"2026-06-08T13:00:00"}`); failure != "" {
			t.Fatalf("one occurrence changed: %s", failure)
		}
		weekly = one(t, u.must(june), "weekly@cases.test")
		cancel := activity.NewObject(activity.Member{Name: "type", Value: "delete"}, activity.Member{Name: "object", Value: activity.NewObject(
			activity.Member{Name: "type", Value: "event"}, activity.Member{Name: "id", Value: weekly.Text("id")},
			activity.Member{Name: "etag", Value: weekly.Text("etag")}, activity.Member{Name: "recurrenceId", Value: "2026-06-15T09:00:00+02:00"})})
		if _, failure := u.send(cancel); failure != "" {
			t.Fatalf("one occurrence cancelled: %s", failure)
		}
		stored := r.Get(t, weekly.Text("id"))
		if !strings.Contains(stored, "RECURRENCE-ID") || !strings.Contains(stored, "EXDATE") || !strings.Contains(stored, "Moved") {
			t.Errorf("the series is %s", stored)
		}

		expanded := u.must(`{"type":"query","object":{"type":"event","startTime":"2026-06-02T00:00:00Z","endTime":"2026-07-01T00:00:00Z","expand":true}}`)
		want := `[{"recurrenceId":"2026-06-08T09:00:00+02:00","startTime":"2026-06-08T12:00:00+02:00","endTime":"2026-06-08T13:00:00+02:00","name":"Moved"},` +
			`{"recurrenceId":"2026-06-22T09:00:00+02:00","startTime":"2026-06-22T09:00:00+02:00","endTime":"2026-06-22T10:00:00+02:00"}]`
		if got := string(activity.AppendJSON(nil, one(t, expanded, "weekly@cases.test").Get("occurrences"))); got != want {
			t.Errorf("expanded: %s\nwant %s", got, want)
		}

		// What others wrote stays.
		r.Put(t, r.Calendar+"foreign.ics", foreign)
		before := r.Get(t, r.Calendar+"foreign.ics")
		other := one(t, u.must(june), "foreign@cases.test")
		if _, failure := u.change(other, `{"name":"Théâtre 世界 neu"}`); failure != "" {
			t.Fatalf("update of what others wrote: %s", failure)
		}
		if now := r.Get(t, r.Calendar+"foreign.ics"); !slices.Equal(lines(now), lines(before)) || !strings.Contains(now, "世界 neu") {
			t.Errorf("before %s\nafter %s", before, now)
		}

		// Two clients at once: one of them is told.
		other = one(t, u.must(june), "foreign@cases.test")
		var both sync.WaitGroup
		results := make([]string, 2)
		for i := range results {
			both.Go(func() { _, results[i] = u.change(other, `{"location":"`+string(rune('a'+i))+`"}`) })
		}
		both.Wait()
		slices.Sort(results)
		if results[0] != "" || results[1] != "caldav:conflict" {
			t.Errorf("two at once: %q", results)
		}

		// Deleted, and what changed since the beginning.
		other = one(t, u.must(june), "foreign@cases.test")
		middle := u.must(`{"type":"query","object":{"syncToken":"` + strings.ReplaceAll(start.Text("syncToken"), `"`, `\"`) + `"}}`)
		if len(itemsOf(middle)) != 3 || middle.Get("full") != false {
			t.Errorf("changes: %s", activity.AppendJSON(nil, middle))
		}
		remove := activity.NewObject(activity.Member{Name: "type", Value: "delete"}, activity.Member{Name: "object", Value: activity.NewObject(
			activity.Member{Name: "type", Value: "event"}, activity.Member{Name: "id", Value: other.Text("id")}, activity.Member{Name: "etag", Value: `"stale"`})})
		if _, failure := u.send(remove); failure != "caldav:conflict" {
			t.Errorf("stale delete: %s", failure)
		}
		remove.Object("object").Set("etag", other.Text("etag"))
		if _, failure := u.send(remove); failure != "" {
			t.Fatalf("delete: %s", failure)
		}
		end := u.must(`{"type":"query","object":{"syncToken":"` + strings.ReplaceAll(middle.Text("syncToken"), `"`, `\"`) + `"}}`)
		removed, _ := end.Get("removed").([]string)
		if len(itemsOf(end)) != 0 || len(removed) != 1 || removed[0] != other.Text("id") || end.Get("full") != false {
			t.Errorf("after delete: %s", activity.AppendJSON(nil, end))
		}
		if unknown := u.must(`{"type":"query","object":{"syncToken":"s:nobody-knows"}}`); unknown.Get("full") != true || len(itemsOf(unknown)) != 2 {
			t.Errorf("unknown token: %s", activity.AppendJSON(nil, unknown))
		}
	})
}
