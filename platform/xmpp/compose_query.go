package xmpp

import (
	"fmt"
	"strconv"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// composeQuery is the request of a query that needs one answer. id is a random one;
// those that clients of the reference know begin with what is asked for. What needs
// more than one is below: history, rooms, bookmarks, upload and the old profile.
//
//	{"type":"query",…,"target":{"id":"decks@rooms.harbor.example","type":"room"},"object":{"type":"attendance"}}
//	<iq id="attendance_…" type="get" from="mara@harbor.example/web" to="decks@rooms.harbor.example">
//	  <query xmlns="http://jabber.org/protocol/disco#items"/></iq>
func (s *state) composeQuery(a *activity.Object, id string) (*xml.Element, error) {
	to := a.Object("target").Text("id")
	if to != "" {
		if err := checkAddress("target", to); err != nil {
			return nil, err
		}
	}
	o := a.Object("object")
	get := func(to string, payload *xml.Element) *xml.Element {
		return xml.New("iq", "type", "get", "id", id, "to", to).Add(payload)
	}
	switch o.Text("type") {
	case "room-info":
		return xml.New("iq", "id", roomInfoPrefix+id, "type", "get", "from", s.sender(a), "to", to).Add(xml.New("query", "xmlns", nsDiscoInfo)), nil
	case "roster":
		return get("", xml.New("query", "xmlns", nsRoster)), nil
	case "members":
		room, err := roomOf(a)
		if err != nil {
			return nil, err
		}
		if knownAffiliation(o.Text("affiliation")) == "" {
			return nil, badField("affiliation", "is not known")
		}
		return get(room, xml.New("query", "xmlns", nsMUCAdmin).Add(xml.New("item", "affiliation", o.Text("affiliation")))), nil
	case "profile":
		if to == "" {
			to = bare(s.self)
		}
		return get(to, xml.New("vcard", "xmlns", nsVCard4)), nil
	}
	return xml.New("iq", "id", attendancePrefix+id, "type", "get", "from", s.sender(a), "to", to).Add(xml.New("query", "xmlns", nsDiscoItems)), nil
}

// roomsPage asks a service for the rooms behind after, "" for the first ones.
func roomsPage(after string) *xml.Element {
	q := xml.New("query", "xmlns", nsDiscoItems)
	if after != "" {
		q.Add(xml.New("set", "xmlns", nsRSM).Add(xml.NewText("max", strconv.Itoa(historyPage)), xml.NewText("after", after)))
	}
	return q
}

// bookmarksNew asks the account for bookmarks that are one item each (XEP-0402),
// bookmarksOld for one list of them (XEP-0048).
func bookmarksNew() *xml.Element {
	return xml.New("pubsub", "xmlns", nsPubSub).Add(xml.New("items", "node", nsBookmarks))
}

func bookmarksOld() *xml.Element {
	return xml.New("query", "xmlns", nsPrivate).Add(xml.New("storage", "xmlns", nsStorage))
}

// profileOld asks for the vCard of those who have none in the new form.
func profileOld() *xml.Element { return xml.New("vCard", "xmlns", nsVCard) }

// composeSlot asks for a place to put a file (XEP-0363).
//
//	<request xmlns="urn:xmpp:http:upload:0" filename="a.png" size="12" content-type="image/png"/>
func composeSlot(o *activity.Object) (*xml.Element, error) {
	name, kind := o.Text("name"), o.Text("mediaType")
	if name == "" {
		return nil, badField("name", "is missing")
	}
	if err := checkText("name", name, maxID); err != nil {
		return nil, err
	}
	if err := checkText("mediaType", kind, maxID); err != nil {
		return nil, err
	}
	size, _ := o.Get("size").(float64)
	if size < 1 || size > 1<<53 {
		return nil, badField("size", "is no number of bytes")
	}
	return xml.New("request", "xmlns", nsUpload, "filename", name, "size", strconv.FormatInt(int64(size), 10), "content-type", kind), nil
}

// Limits of a query for history.
const (
	defaultHistory = 50
	maxHistory     = 1000
	historyPage    = 100 // asked for at a time; servers give 50 to 100 at most
)

// historyQuery is a query for old messages (XEP-0313). Without a beginning the
// newest are wanted, and pages are read backwards.
type historyQuery struct {
	archive           string // the room's; "" for the account's own
	with              string // person
	start, end        string // times; "" for none
	afterID, beforeID string // ids of the archive; "" for none. Who reads forward ends at beforeID
	limit             int
}

// composeHistory reads what is asked for.
func composeHistory(a *activity.Object) (*historyQuery, error) {
	o, target := a.Object("object"), a.Object("target")
	q := &historyQuery{limit: defaultHistory}
	if id := target.Text("id"); id != "" {
		if err := checkAddress("target", id); err != nil {
			return nil, err
		}
		if q.with = id; target.Text("type") == "room" {
			q.with, q.archive = "", bare(id)
		}
	}
	if v, given := o.Lookup("limit"); given {
		n, _ := v.(float64)
		if n < 1 || n > maxHistory {
			return nil, badField("limit", fmt.Sprintf("is not between 1 and %d", maxHistory))
		}
		q.limit = int(n)
	}
	var err error
	if q.start, q.afterID, err = timeOrID("after", o.Text("after")); err != nil {
		return nil, err
	}
	q.end, q.beforeID, err = timeOrID("before", o.Text("before"))
	return q, err
}

// timeOrID tells a time from the id of a message.
func timeOrID(name, value string) (at, id string, err error) {
	if t, err := time.Parse(time.RFC3339, value); err == nil {
		return timestamp(t), "", nil
	}
	return "", value, checkText(name, value, maxID)
}

// forward reports whether the oldest are read first.
func (q *historyQuery) forward() bool { return q.start != "" || q.afterID != "" }

// page is the payload that asks for a page of at most most messages, behind or
// before the one with the id cursor; "" for the first page.
//
//	<query xmlns="urn:xmpp:mam:2" queryid="q1"><x xmlns="jabber:x:data" type="submit">…</x>
//	  <set xmlns="http://jabber.org/protocol/rsm"><max>50</max><before/></set></query>
func (q *historyQuery) page(queryID, cursor string, most int) *xml.Element {
	form := xml.New("x", "xmlns", nsForm, "type", "submit").Add(
		xml.New("field", "var", "FORM_TYPE", "type", "hidden").Add(xml.NewText("value", nsArchive)))
	for _, f := range [...][2]string{{"with", q.with}, {"start", q.start}, {"end", q.end}} {
		if f[1] != "" {
			form.Add(xml.New("field", "var", f[0]).Add(xml.NewText("value", f[1])))
		}
	}
	set := xml.New("set", "xmlns", nsRSM).Add(xml.NewText("max", strconv.Itoa(min(most, historyPage))))
	if q.forward() {
		if cursor == "" {
			cursor = q.afterID
		}
		if cursor != "" {
			set.Add(xml.NewText("after", cursor))
		}
	} else {
		if cursor == "" {
			cursor = q.beforeID
		}
		set.Add(xml.NewText("before", cursor))
	}
	return xml.New("query", "xmlns", nsArchive, "queryid", queryID).Add(form, set)
}
