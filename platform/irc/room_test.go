package irc

import (
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

const deckRoom = `"target":{"type":"room","id":"localhost/#deck","name":"#deck"}`

func personNamed(nick string) string {
	return `{"type":"person","id":"` + nick + `@localhost","name":"` + nick + `"}`
}

func roleChanged(kind, by, whom, role string) string {
	return `{"type":"` + kind + `","actor":` + personNamed(by) + `,"target":` + personNamed(whom) +
		`,"object":{"type":"relationship","relationship":"role","subject":{"type":"presence","role":"` + role + `"},"object":{"type":"room","id":"localhost/#deck","name":"#deck"}}}`
}

// translations feeds lines to a new state and returns what clients are told,
// without "@context" and "published".
func translations(lines ...string) []string {
	s := newState("localhost", canonical())
	s.nick = "mara"
	var out []string
	for _, line := range lines {
		m := parse(line)
		for _, e := range s.handle(&m).events {
			out = append(out, shown(e.activity))
		}
	}
	return out
}

func checkTranslations(t *testing.T, lines []string, want ...string) {
	t.Helper()
	got := translations(lines...)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q\ngot  %s\nwant %s", lines, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// A topic is all of its words, whatever it begins with; an empty one removes it,
// and one that is too long is refused.
func TestTopicOfSeveralWords(t *testing.T) {
	c, _, conn, _ := online(t, testSettings(), "")
	enter(t, c, conn)
	conn.send(":s 005 mara TOPICLEN=40 :are supported")
	conn.sync(t)
	for text, line := range map[string]string{
		"Ferries and tides": "TOPIC #deck :Ferries and tides", ":) at nine": "TOPIC #deck ::) at nine", "Low": "TOPIC #deck :Low", "": "TOPIC #deck :",
	} {
		answers := start(c, job(t, room("update", "#deck", `,"object":{"type":"topic","content":`+quoteJSON(text)+`}`)))
		conn.expect(t, line)
		conn.send(":mara!~m@10.0.0.9 " + line)
		want(t, answers, "")
		conn.pong(t)
	}
	answers := start(c, job(t, room("update", "#deck", `,"object":{"type":"topic","content":""}`)))
	conn.expect(t, "TOPIC #deck :")
	conn.send(":s 331 mara #deck :No topic is set")
	want(t, answers, "")
	conn.pong(t)
	want(t, start(c, job(t, room("update", "#deck", `,"object":{"type":"topic","content":"`+strings.Repeat("x", 41)+`"}`))),
		"the topic is too long: it has 41 bytes, the server takes 40")
}

// The last parameter counts with a colon or without.
func TestLastParameterNeedsNoColon(t *testing.T) {
	otto := `"actor":` + personNamed("otto")
	for _, colon := range []string{"", ":"} {
		for line, want := range map[string]string{
			":otto!~o@q PRIVMSG #deck " + colon + "hello":     `{"type":"send",` + otto + `,` + deckRoom + `,"object":{"type":"message","content":"hello"}}`,
			":otto!~o@q   JOIN  " + colon + "#deck":           `{"type":"join",` + otto + `,` + deckRoom + `}`,
			":otto!~o@q NICK " + colon + "pia":                `{"type":"update",` + otto + `,"target":` + personNamed("pia") + `,"object":{"type":"address"}}`,
			":otto!~o@q TOPIC #deck " + colon + "Low":         `{"type":"update",` + otto + `,` + deckRoom + `,"object":{"type":"topic","content":"Low"}}`,
			":otto!~o@q PART " + colon + "#deck":              `{"type":"leave",` + otto + `,` + deckRoom + `,"object":{"type":"message","content":"user has left the channel"}}`,
			":s 353 mara = #deck " + colon + "otto":           `{"type":"update",` + otto + `,` + deckRoom + `,"object":{"type":"presence","role":"member"}}`,
			":otto!~o@q INVITE mara " + colon + "#deck":       `{"type":"invite",` + otto + `,` + deckRoom + `}`,
			":otto!~o@q KICK #deck " + colon + "pia":          `{"type":"leave","actor":` + personNamed("pia") + `,` + deckRoom + `,"object":{"type":"message","content":"user has left the channel"}}`,
			":otto!~o@q QUIT " + colon + "Leaving":            `{"type":"leave",` + otto + `,"target":{"type":"service","id":"localhost"},"object":{"type":"message","content":"Leaving"}}`,
			":s 474 mara #deck " + colon + "banned":           `{"type":"update","actor":{"type":"person","id":"mara@localhost"},"target":{"type":"room","id":"localhost/#deck"},"error":"banned"}`,
			":otto!~o@q MODE #deck +o " + colon + "pia":       roleChanged("add", "otto", "pia", "owner"),
			":irc.example.net NOTICE mara " + colon + "hello": `{"type":"send","actor":{"type":"service","id":"localhost"},"object":{"type":"message","content":"hello"},"target":` + personNamed("mara") + `}`,
		} {
			checkTranslations(t, []string{line}, want)
		}
	}
}

// Each mode of a member is an activity of its own; modes of the room and its
// lists are none.
func TestEachMemberModeIsTold(t *testing.T) {
	checkTranslations(t, []string{":otto!~o@q MODE #deck +bov-h *!*@x pia kai wren"},
		roleChanged("add", "otto", "pia", "owner"), roleChanged("add", "otto", "kai", "participant"), roleChanged("remove", "otto", "wren", "admin"))
	checkTranslations(t, []string{":otto!~o@q MODE #deck +qa pia kai"}, roleChanged("add", "otto", "pia", "owner"), roleChanged("add", "otto", "kai", "owner"))
	for _, line := range []string{":otto!~o@q MODE #deck +b *!*@x", ":otto!~o@q MODE #deck +kl sesame 5", ":otto!~o@q MODE #deck +imnt", ":mara MODE mara +ix"} {
		checkTranslations(t, []string{line})
	}
	checkTranslations(t, []string{":s 005 mara PREFIX=(Yov)!@+ CHANMODES=beIg,k,l,imnt :are supported", ":otto!~o@q MODE #deck +gkYl-ko mask key pia 5 key kai"},
		roleChanged("add", "otto", "pia", "owner"), roleChanged("remove", "otto", "kai", "owner"))
}

// Signs in a list of names are roles, and never part of a name.
func TestRolesInAListOfNames(t *testing.T) {
	presence := func(role string) string {
		return `{"type":"update","actor":` + personNamed("otto") + `,` + deckRoom + `,"object":{"type":"presence","role":"` + role + `"}}`
	}
	for sign, role := range map[string]string{"": "member", "~": "owner", "&": "owner", "@": "owner", "%": "admin", "+": "participant", "@+": "owner", "%+": "admin"} {
		for _, host := range []string{"", "!~o@quay.example"} {
			checkTranslations(t, []string{":s 353 mara @ #deck :  mara  " + sign + "otto" + host + " "}, presence(role))
		}
	}
	for flags, role := range map[string]string{"H": "member", "G*@": "owner", "H%": "admin", "H+": "participant"} {
		checkTranslations(t, []string{":s 352 mara #deck ~o q.example irc.example.net otto " + flags + " :0 Otto Quay"}, presence(role))
	}
}

// A query is answered with all members, behind their presences.
func TestListOfMembersHasAnEnd(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "")
	answers := start(c, job(t, room("query", "#deck", `,"object":{"type":"attendance"}`)))
	conn.expect(t, "NAMES #deck")
	conn.send(":irc.example.net 353 mara = #deck :@otto +mara", ":irc.example.net 353 mara = #deck :kai", ":irc.example.net 366 mara #deck :End")
	want(t, answers, "")
	for _, text := range []string{
		`{"type":"update","actor":` + personNamed("otto") + `,` + deckRoom + `,"object":{"type":"presence","role":"owner"}}`,
		`{"type":"update","actor":` + personNamed("kai") + `,` + deckRoom + `,"object":{"type":"presence","role":"member"}}`,
		`{"type":"query","actor":{"type":"room","id":"localhost/#deck","name":"#deck"},"target":` + personNamed("mara") + `,"object":{"type":"attendance","members":[` +
			`{"type":"person","id":"otto@localhost","name":"otto","role":"owner"},{"type":"person","id":"mara@localhost","name":"mara","role":"participant"},{"type":"person","id":"kai@localhost","name":"kai","role":"member"}]}}`,
	} {
		host.expect(t, text)
	}
	conn.pong(t)
	answers = start(c, job(t, room("query", "#quay", `,"object":{"type":"attendance"}`))) // a room that nobody is in
	conn.expect(t, "NAMES #quay")
	conn.send(":irc.example.net 366 mara #quay :End")
	want(t, answers, "")
	if text := shown(host.next(t).activity); !strings.Contains(text, `"members":[]`) {
		t.Errorf("the list of an empty room is %s", text)
	}
}

// Topics of two rooms are not confused, and need no 333; the message of the day
// comes whole.
func TestTopicsOnEntering(t *testing.T) {
	topic := func(who, room, text string) string {
		return `{"type":"update","actor":` + who + `,"target":{"type":"room","id":"localhost/` + room + `","name":"` + room + `"},"object":{"type":"topic","content":"` + text + `"}}`
	}
	checkTranslations(t, []string{":s 332 mara #deck :Ferries and tides", ":s 332 mara #quay :Low", ":s 333 mara #deck otto!~o@q 1700000000", ":s 366 mara #quay :End", ":s 366 mara #deck :End"},
		topic(personNamed("otto"), "#deck", "Ferries and tides"), topic(`{"type":"service","id":"localhost"}`, "#quay", "Low"))
	s := newState("localhost", canonical())
	for _, line := range []string{":s 332 mara #deck :x", ":s 333 mara #deck otto 1700000000"} {
		m := parse(line)
		for _, e := range s.handle(&m).events {
			if got := e.activity.Text("published"); got != "2023-11-14T22:13:20.000Z" {
				t.Errorf("a topic is dated %s", got)
			}
		}
	}
	checkTranslations(t, []string{":s 375 mara :- s Message of the day -", ":s 372 mara :- Welcome aboard", ":s 372 mara :- Be kind", ":s 376 mara :End"},
		`{"type":"update","actor":{"type":"service","id":"localhost","name":"localhost"},"object":{"type":"topic","content":"- Welcome aboard - Be kind"}}`)
	checkTranslations(t, []string{":s 422 mara :No MOTD"})
}

// Who is thrown out is told, and has left; so are invitations, what the server
// says last, and why people go; a notice has a sender.
func TestKickedInvitedAndWhy(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "")
	enter(t, c, conn)
	conn.send(":otto!~o@q KICK #deck mara :enough")
	host.expect(t, `{"type":"leave","actor":`+personNamed("mara")+`,`+deckRoom+`,"object":{"type":"message","content":"enough"}}`)
	want(t, start(c, job(t, says("#deck", "why?"))), string(errNotJoined))
	conn.send(":otto!~o@q INVITE mara :#deck")
	host.expect(t, `{"type":"invite","actor":`+personNamed("otto")+`,`+deckRoom+`}`)
	conn.send(":otto!~o@q INVITE pia :#deck") // invite-notify: not for us
	conn.send(":otto!~o@q NOTICE mara :a word", ":NickServ!s@services NOTICE #deck :read this")
	host.expect(t, `{"type":"send","actor":`+personNamed("otto")+`,"target":{"type":"person","id":"localhost/mara","name":"mara"},"object":{"type":"message","content":"a word"}}`)
	host.expect(t, `{"type":"send","actor":`+personNamed("NickServ")+`,`+deckRoom+`,"object":{"type":"message","content":"read this"}}`)
	conn.send(":irc.example.net KILL mara :irc.example.net (spam)", "ERROR :Closing Link: 10.0.0.9 (Killed (oper (spam)))")
	conn.Close()
	if text := shown(host.next(t).activity); !strings.Contains(text, "Connection lost: killed: irc.example.net (spam)") {
		t.Errorf("after a KILL: %s", text)
	}
	for line, want := range map[string]string{
		":otto!~o@q PART #deck :bye":     `,` + deckRoom + `,"object":{"type":"message","content":"bye"}}`,
		":otto!~o@q PART #deck":          `,` + deckRoom + `,"object":{"type":"message","content":"user has left the channel"}}`,
		":otto!~o@q QUIT :Quit: gone :)": `,"target":{"type":"service","id":"localhost"},"object":{"type":"message","content":"Quit: gone :)"}}`,
		":otto!~o@q QUIT":                `,"target":{"type":"service","id":"localhost"},"object":{"type":"message","content":"user has quit"}}`,
	} {
		checkTranslations(t, []string{line}, `{"type":"leave","actor":`+personNamed("otto")+want)
	}
}

// Who asks while the server still tells who is there, as it does on entering,
// gets the whole list: not the rest of that one, nor both.
func TestQueryBeforeTheListOnEntering(t *testing.T) {
	const names, end = ":irc.example.net 353 mara = #deck :", ":irc.example.net 366 mara #deck :End of /NAMES list."
	for what, lines := range map[string][]string{
		"in the middle of it":                {names + "otto", end, names + "@otto mara", names + "pia", end},
		"at its end":                         {end, names + "@otto mara", names + "pia", end},
		"of a server that does not tell any": {names + "@otto mara", names + "pia", end},
	} {
		t.Run(what, func(t *testing.T) {
			c, host, conn, _ := online(t, testSettings(), "")
			answers := start(c, job(t, room("join", "#deck", "")))
			conn.expect(t, "JOIN #deck")
			conn.send(":mara!~m@10.0.0.9 JOIN #deck")
			conn.pong(t)
			want(t, answers, "")
			answers = start(c, job(t, room("query", "#deck", `,"object":{"type":"attendance"}`)))
			conn.expect(t, "NAMES #deck")
			conn.send(lines...)
			conn.pong(t)
			want(t, answers, "")
			for {
				e := host.next(t).activity
				if e.Text("type") != "query" {
					continue
				}
				if list, _ := e.Object("object").Get("members").([]any); len(list) != 3 {
					t.Errorf("listed are %s", shown(e))
				}
				break
			}
		})
	}
}

// The names that one session asks for are its own; what happens is everybody's.
func TestAnswersToAQueryGoToTheAskerAlone(t *testing.T) {
	c, host, conn, _ := online(t, testSettings(), "")
	enter(t, c, conn)
	answers := start(c, job(t, room("query", "#deck", `,"object":{"type":"attendance"}`)))
	conn.expect(t, "NAMES #deck")
	conn.send(":irc.example.net 353 mara = #deck :@otto mara", ":pia!~p@q JOIN #deck", ":irc.example.net 366 mara #deck :End")
	want(t, answers, "")
	for _, session := range []string{"a", "", "a"} {
		if e := host.next(t); e.session != session {
			t.Errorf("%s goes to %q, want %q", shown(e.activity), e.session, session)
		}
	}
}

// Results that the other sessions of a connection see are those that the schema
// of responses knows: not that somebody else has connected or asked something,
// but what the platform says of the connection.
func TestResultsThatOthersSee(t *testing.T) {
	schema, err := activity.CompileSchema(responsesSchema)
	if err != nil {
		t.Fatal(err)
	}
	mara := `"actor":` + personNamed("mara")
	deck := `{"type":"room","id":"localhost/#deck","name":"#deck"}`
	for text, visible := range map[string]bool{
		`{"type":"connect",` + mara + `}`:                                                                            false,
		`{"type":"connect",` + mara + `,"object":{"type":"message","content":"x"}}`:                                  false,
		`{"type":"connect",` + mara + `,"object":{"type":"connect","status":"online"}}`:                              true,
		`{"type":"disconnect",` + mara + `}`:                                                                         false,
		`{"type":"query",` + mara + `,` + deckRoom + `,"object":{"type":"attendance"}}`:                              false,
		`{"type":"query",` + mara + `,` + deckRoom + `,"object":{"type":"history","totalItems":2}}`:                  false,
		`{"type":"query","actor":` + deck + `,"object":{"type":"attendance","members":[]}}`:                          true,
		`{"type":"join",` + mara + `,"target":{"type":"room","id":"localhost/#deck","name":"#deck","key":"sesame"}}`: true,
		`{"type":"send",` + mara + `,` + deckRoom + `,"object":{"type":"message","content":"x","inReplyTo":"m1"}}`:   true,
		`{"type":"update",` + mara + `,"target":` + personNamed("zara") + `,"object":{"type":"address"}}`:            true,
		`{"type":"update",` + mara + `,"object":{"type":"presence","presence":"away","content":"lunch"}}`:            true,
	} {
		a, err := activity.ParseObject([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if broken := schema.Validate(a); (len(broken) == 0) != visible {
			t.Errorf("%s: visible %v, want %v: %v", text, !visible, visible, broken)
		}
	}
}
