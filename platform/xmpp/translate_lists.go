package xmpp

import (
	"strconv"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/xmpp/jid"
	"github.com/sockethub/sockethub/platform/xmpp/xml"
)

// rosterList is the answer to a query for the roster.
//
//	{"type":"roster","items":[{"type":"person","id":"otto@quay.example","name":"Otto","subscription":"both","groups":["Crew"]}]}
func rosterList(result *xml.Element) *activity.Object {
	list := []any{}
	for _, c := range rosterItems(result.Child(nsRoster, "query")) {
		o := object("type", "person", "id", c.id, "name", c.name, "subscription", c.subscription)
		c.describe(o)
		list = append(list, o)
	}
	return items("roster", list)
}

// memberList is the answer to a query for those who have an affiliation with a room.
//
//	{"type":"members","items":[{"type":"person","id":"pia@quay.example","affiliation":"owner"}]}
func memberList(result *xml.Element) *activity.Object {
	list := []any{}
	for item := range result.Child(nsMUCAdmin, "query").Elements {
		if affiliation := knownAffiliation(item.Attr("affiliation")); item.Is(nsMUCAdmin, "item") && affiliation != "" && isAddress(item.Attr("jid")) {
			list = append(list, object("type", "person", "id", item.Attr("jid"), "affiliation", affiliation))
		}
	}
	return items("members", list)
}

// roomPage is a page of the rooms of a service, and behind which item the next one
// begins: "" when this is the last.
//
//	{"type":"room","id":"decks@rooms.harbor.example","name":"The Decks"}
func roomPage(result *xml.Element) (rooms []any, next string) {
	query := result.Child(nsDiscoItems, "query")
	for item := range query.Elements {
		if item.Is(nsDiscoItems, "item") && isAddress(item.Attr("jid")) && item.Attr("node") == "" {
			rooms = append(rooms, object("type", "room", "id", item.Attr("jid"), "name", item.Attr("name")))
		}
	}
	if len(rooms) > 0 {
		next = query.Child(nsRSM, "set").Child(nsRSM, "last").Text()
	}
	return rooms, next
}

// bookmarkList is the answer to a query for bookmarks, in the form of one item for
// each (XEP-0402) or of one list (XEP-0048).
//
//	{"type":"bookmarks","items":[{"type":"room","id":"decks@rooms.harbor.example","nick":"mara","autojoin":true}]}
func bookmarkList(result *xml.Element) *activity.Object {
	list := []any{}
	add := func(id string, c *xml.Element) {
		if !isAddress(id) {
			return
		}
		o := object("type", "room", "id", id, "name", c.Attr("name"), "nick", c.Child(c.Space, "nick").Text())
		auto := c.Attr("autojoin")
		o.Set("autojoin", auto == "true" || auto == "1")
		list = append(list, o)
	}
	for item := range result.Child(nsPubSub, "pubsub").Child(nsPubSub, "items").Elements {
		if c := item.Child(nsBookmarks, "conference"); c != nil {
			add(item.Attr("id"), c)
		}
	}
	for c := range result.Child(nsPrivate, "query").Child(nsStorage, "storage").Elements {
		if c.Is(nsStorage, "conference") {
			add(c.Attr("jid"), c)
		}
	}
	return items("bookmarks", list)
}

// items is a list with its type.
func items(kind string, list []any) *activity.Object {
	return activity.NewObject(activity.Member{Name: "type", Value: kind}, activity.Member{Name: "items", Value: list})
}

func isAddress(id string) bool {
	_, err := jid.Parse(id)
	return err == nil
}

// archivePage is what an archive says at the end of a page (XEP-0313, section 4.1).
// Its signs are not to be trusted one by one: servers leave each of them out, or
// say that it is complete when it is not.
type archivePage struct {
	first, last string // ids
	count       int    // of all that fits the query; -1 where it is not said
	complete    bool
}

// archiveEnd reads the answer to a query of an archive.
func archiveEnd(result *xml.Element) archivePage {
	fin := result.Child(nsArchive, "fin")
	set := fin.Child(nsRSM, "set")
	p := archivePage{first: set.Child(nsRSM, "first").Text(), last: set.Child(nsRSM, "last").Text(), count: -1}
	p.complete = fin.Attr("complete") == "true" || fin.Attr("complete") == "1"
	if n, err := strconv.Atoi(set.Child(nsRSM, "count").Text()); err == nil && n >= 0 {
		p.count = n
	}
	return p
}
