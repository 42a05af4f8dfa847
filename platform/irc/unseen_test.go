package irc

import (
	"strings"
	"testing"
)

// Short forms of what activities are made of.
func sends(who, target, object string) string {
	return `{"type":"send","actor":` + who + `,"target":` + target + `,"object":` + object + `}`
}
func updates(who, target, object string) string {
	return `{"type":"update","actor":` + who + `,"target":` + target + `,"object":` + object + `}`
}
func leaves(who, target, reason string) string {
	return `{"type":"leave","actor":` + who + `,"target":` + target + `,"object":{"type":"message","content":` + quoteJSON(reason) + `}}`
}
func roomNamed(name string) string {
	return `{"type":"room","id":"localhost/` + name + `","name":"` + name + `"}`
}
func spoken(text string) string  { return `{"type":"message","content":` + quoteJSON(text) + `}` }
func acted(text string) string   { return `{"type":"me","content":` + quoteJSON(text) + `}` }
func titled(text string) string  { return `{"type":"topic","content":` + quoteJSON(text) + `}` }
func present(role string) string { return `{"type":"presence","role":"` + role + `"}` }

const (
	network = `{"type":"service","id":"localhost"}`
	toMara  = `{"type":"person","id":"localhost/mara","name":"mara"}`
)

// Lines that nobody recorded, of the kinds that were, become what the
// specification's rules say.
func TestUnseenLines(t *testing.T) {
	otto, pia, mara, deck := personNamed("otto"), personNamed("pia"), personNamed("mara"), roomNamed("#deck")
	tests := []struct {
		name string
		in   []string
		want []string
	}{
		// Messages.
		{"one word without colon to a person", []string{":otto!o@q PRIVMSG mara hey"}, []string{sends(otto, toMara, spoken("hey"))}},
		{"a text that begins with a colon", []string{":otto!o@q PRIVMSG #deck ::-)"}, []string{sends(otto, deck, spoken(":-)"))}},
		{"a text of one blank", []string{":otto!o@q PRIVMSG #deck : "}, []string{sends(otto, deck, spoken(""))}},
		{"blanks in front are the text's", []string{":otto!o@q PRIVMSG #deck :  two"}, []string{sends(otto, deck, spoken("  two"))}},
		{"a text with a tab", []string{":otto!o@q PRIVMSG #deck :a\tb"}, []string{sends(otto, deck, spoken("a\tb"))}},
		{"colours and bold pass", []string{":otto!o@q PRIVMSG #deck :\x02bold\x02 \x0304red"}, []string{sends(otto, deck, spoken("\x02bold\x02 \x0304red"))}},
		{"a command in lower case", []string{":otto!o@q privmsg #deck :x"}, []string{sends(otto, deck, spoken("x"))}},
		{"blanks everywhere", []string{"  :otto!o@q    PRIVMSG   #deck   :x y  "}, []string{sends(otto, deck, spoken("x y"))}},
		{"a nick with all signs", []string{":[o]{t}|\\^_`!o@q PRIVMSG #deck :x"}, []string{sends(`{"type":"person","id":"[o]{t}|\\^_`+"`"+`@localhost","name":"[o]{t}|\\^_`+"`"+`"}`, deck, spoken("x"))}},
		{"a source with a host and no user", []string{":otto@q PRIVMSG #deck :x"}, []string{sends(otto, deck, spoken("x"))}},
		{"a room with a slash and an at sign", []string{":otto!o@q PRIVMSG #a/b@c :x"}, []string{sends(otto, roomNamed("#a/b@c"), spoken("x"))}},
		{"a room of one sign", []string{":otto!o@q PRIVMSG # :x"}, []string{sends(otto, roomNamed("#"), spoken("x"))}},
		{"to the founders", []string{":s 005 mara PREFIX=(qaohv)~&@%+ STATUSMSG=~&@%+ CHANTYPES=# :x", ":otto!o@q PRIVMSG ~#deck :x"}, []string{sends(otto, deck, `{"type":"message","content":"x","audience":"owner"}`)}},
		{"to the half operators", []string{":s 005 mara STATUSMSG=%@ CHANTYPES=# :x", ":otto!o@q NOTICE %#deck :x"}, []string{sends(otto, deck, `{"type":"message","content":"x","audience":"admin"}`)}},
		{"no status messages there", []string{":s 005 mara STATUSMSG= CHANTYPES=# :x", ":otto!o@q PRIVMSG @#deck :x"}, []string{sends(otto, `{"type":"person","id":"localhost/@#deck","name":"@#deck"}`, spoken("x"))}},
		{"the user's own from elsewhere", []string{":mara!m@q PRIVMSG otto :x"}, []string{sends(mara, `{"type":"person","id":"localhost/otto","name":"otto"}`, spoken("x"))}},
		{"an action to a person", []string{":otto!o@q PRIVMSG mara :\x01ACTION bows\x01"}, []string{sends(otto, toMara, acted("bows"))}},
		{"an action with a smiley", []string{":otto!o@q PRIVMSG #deck :\x01ACTION is glad :) today\x01"}, []string{sends(otto, deck, acted("is glad :) today"))}},
		{"an action in capitals and small letters", []string{":otto!o@q PRIVMSG #deck :\x01Action x\x01"}, []string{sends(otto, deck, acted("x"))}},
		{"a word that begins like one", []string{":otto!o@q PRIVMSG #deck :\x01ACTIONS x\x01"}, nil},
		{"a request for the client's info", []string{":otto!o@q PRIVMSG mara :\x01CLIENTINFO\x01"}, nil},
		{"control characters inside", []string{":otto!o@q PRIVMSG #deck :a \x01ACTION x\x01"}, []string{sends(otto, deck, spoken("a \x01ACTION x\x01"))}},
		{"no text", []string{":otto!o@q PRIVMSG #deck"}, nil},
		{"no sender", []string{"PRIVMSG #deck :x"}, nil},
		{"client tags alone", []string{"@+typing=active :otto!o@q TAGMSG #deck"}, nil},
		{"an answer, in both spellings", []string{"@+reply=m1;+draft/reply=m2 :otto!o@q PRIVMSG #deck :x"}, []string{sends(otto, deck, `{"type":"message","content":"x","inReplyTo":"m1"}`)}},
		{"an escaped id", []string{`@msgid=a\sb\:c :otto!o@q PRIVMSG #deck :x`}, []string{sends(otto, deck, `{"type":"message","content":"x","id":"a b;c"}`)}},
		{"an account in a tag", []string{"@account=o_acc :otto!o@q PRIVMSG #deck :x"}, []string{sends(`{"type":"person","id":"otto@localhost","name":"otto","account":"o_acc"}`, deck, spoken("x"))}},

		// Notices.
		{"of the server to all", []string{":irc.example.net NOTICE $* :Restart at nine"}, []string{`{"type":"send","actor":` + network + `,"object":` + spoken("Restart at nine") + `,"target":` + mara + `}`}},
		{"of an operator to all", []string{":oper!o@q PRIVMSG $*.example :the ferry stops at nine"}, []string{sends(personNamed("oper"), toMara, spoken("the ferry stops at nine"))}},
		{"before there is a nick", []string{":irc.example.net NOTICE AUTH :*** Looking up"}, []string{`{"type":"send","actor":` + network + `,"object":` + spoken("*** Looking up") + `,"target":` + personNamed("AUTH") + `}`}},
		{"of a service without host", []string{":ChanServ NOTICE mara :read this"}, []string{sends(personNamed("ChanServ"), toMara, spoken("read this"))}},
		{"of a bot to a room", []string{":bot!b@q NOTICE #deck :tide :low"}, []string{sends(personNamed("bot"), deck, spoken("tide :low"))}},
		{"without a sender", []string{"NOTICE mara :x"}, nil},

		// Who comes and goes.
		{"extended-join that nobody asked for", []string{":otto!o@q JOIN #deck acc :Otto Quay"}, []string{`{"type":"join","actor":` + otto + `,"target":` + deck + `}`}},
		{"a reason with a colon", []string{":otto!o@q PART #deck ::("}, []string{leaves(otto, deck, ":(")}},
		{"a reason of blanks", []string{":otto!o@q PART #deck :   "}, []string{leaves(otto, deck, "user has left the channel")}},
		{"a reason of one word", []string{":otto!o@q PART #deck bye"}, []string{leaves(otto, deck, "bye")}},
		{"a split", []string{":otto!o@q QUIT :a.example b.example"}, []string{leaves(otto, network, "a.example b.example")}},
		{"an empty reason", []string{":otto!o@q QUIT :"}, []string{leaves(otto, network, "user has quit")}},
		{"thrown out by the server", []string{":irc.example.net KICK #deck pia :flood"}, []string{leaves(pia, deck, "flood")}},
		{"thrown out for one word", []string{":otto!o@q KICK #deck pia bye"}, []string{leaves(pia, deck, "bye")}},
		{"a kick without a sender", []string{"KICK #deck pia :x"}, []string{leaves(pia, deck, "x")}},
		{"a nick behind two blanks", []string{":otto!o@q NICK  :pia"}, []string{updates(otto, pia, `{"type":"address"}`)}},
		{"a nick in another case", []string{":otto!o@q NICK Otto"}, []string{updates(otto, personNamed("Otto"), `{"type":"address"}`)}},
		{"the own nick in another case", []string{":Mara!m@q NICK zara", ":zara!m@q NICK :mara"},
			[]string{updates(personNamed("Mara"), personNamed("zara"), `{"type":"address"}`), updates(personNamed("zara"), mara, `{"type":"address"}`)}},

		// Topics.
		{"a topic with a smiley", []string{":otto!o@q TOPIC #deck :low :) tide"}, []string{updates(otto, deck, titled("low :) tide"))}},
		{"a topic that the server sets", []string{":irc.example.net TOPIC #deck :x"}, []string{updates(personNamed("irc.example.net"), deck, titled("x"))}},
		{"a topic without a text", []string{":otto!o@q TOPIC #deck"}, nil},
		{"who set it, in seconds with a fraction", []string{":s 332 mara #deck :x", ":s 333 mara #deck otto 1700000000.5"}, []string{updates(otto, deck, titled("x"))}},
		{"who set it, without a time", []string{":s 332 mara #deck :x", ":s 333 mara #deck otto!o@q"}, []string{updates(otto, deck, titled("x"))}},
		{"who set another", []string{":s 332 mara #deck :x", ":s 333 mara #quay otto 1700000000"}, nil},
		{"a topic of one word without colon", []string{":s 332 mara #deck low", ":s 366 mara #deck :End"}, []string{updates(network, deck, titled("low"))}},
		{"no topic", []string{":s 331 mara #deck :No topic is set"}, nil},

		// Members and their modes.
		{"names of two rooms", []string{":s 353 mara = #deck :otto", ":s 353 mara @ #quay :+pia"}, []string{updates(otto, deck, present("member")), updates(pia, roomNamed("#quay"), present("participant"))}},
		{"names with hosts", []string{":s 353 mara = #deck :@otto!o@q.example pia!p@q"}, []string{updates(otto, deck, present("owner")), updates(pia, deck, present("member"))}},
		{"the own name in capitals", []string{":s 353 mara = #deck :@MARA"}, nil},
		{"signs without a name", []string{":s 353 mara = #deck :@ + otto"}, []string{updates(otto, deck, present("member"))}},
		{"signs that the server has not", []string{":s 005 mara PREFIX=(ov)@+ :x", ":s 353 mara = #deck :~otto"}, []string{updates(personNamed("~otto"), deck, present("member"))}},
		{"two modes taken", []string{":otto!o@q MODE #deck -vo pia kai"}, []string{roleChanged("remove", "otto", "pia", "participant"), roleChanged("remove", "otto", "kai", "owner")}},
		{"modes without names", []string{":otto!o@q MODE #deck +ov pia"}, []string{roleChanged("add", "otto", "pia", "owner")}},
		{"a mode without a sign", []string{":otto!o@q MODE #deck o pia"}, []string{roleChanged("add", "otto", "pia", "owner")}},
		{"a key and an operator", []string{":otto!o@q MODE #deck +ko sesame pia"}, []string{roleChanged("add", "otto", "pia", "owner")}},
		{"a limit taken and an operator", []string{":otto!o@q MODE #deck -l+o pia"}, []string{roleChanged("add", "otto", "pia", "owner")}},
		{"an exception and a voice", []string{":otto!o@q MODE #deck +ev *!*@x pia"}, []string{roleChanged("add", "otto", "pia", "participant")}},
		{"modes of a user", []string{":mara MODE mara :+iwx"}, nil},
		{"WHOX", []string{":s 354 mara 152 #deck o q.example s otto H@ acc :Otto"}, []string{updates(otto, deck, present("owner"))}},
		{"WHO of no room", []string{":s 352 mara * o q.example s otto H :0 Otto"}, nil},

		// Away.
		{"away in a room", []string{":otto!o@q JOIN #deck", ":mara!m@q JOIN #deck", ":otto!o@q JOIN #deck", ":otto!o@q AWAY :lunch", ":otto!o@q AWAY :lunch", ":otto!o@q AWAY"},
			[]string{`{"type":"join","actor":` + otto + `,"target":` + deck + `}`, `{"type":"join","actor":` + mara + `,"target":` + deck + `}`, `{"type":"join","actor":` + otto + `,"target":` + deck + `}`,
				updates(otto, deck, `{"type":"presence","role":"member","presence":"away","content":"lunch"}`), updates(otto, deck, `{"type":"presence","role":"member","presence":"online"}`)}},
		{"away, somebody unknown", []string{":otto!o@q AWAY :lunch", ":s 301 mara otto :lunch", ":s 301 mara", ":s 301 mara mara :x"}, []string{updates(otto, `{"type":"person","id":"localhost/otto","name":"otto"}`, `{"type":"presence","presence":"away","content":"lunch"}`)}},

		// What the server says.
		{"a refusal of a limit on rooms", []string{":s 405 mara #quay :You have joined too many channels"}, []string{`{"type":"update","actor":{"type":"person","id":"mara@localhost"},"target":{"type":"room","id":"localhost/#quay"},"error":"You have joined too many channels"}`}},
		{"a refusal of a secure room", []string{":s 489 mara #quay :Cannot join channel (SSL only)"}, []string{`{"type":"update","actor":{"type":"person","id":"mara@localhost"},"target":{"type":"room","id":"localhost/#quay"},"error":"Cannot join channel (SSL only)"}`}},
		{"a room that is held back", []string{":s 437 mara #quay :temporarily unavailable"}, []string{`{"type":"update","actor":{"type":"person","id":"mara@localhost"},"target":{"type":"room","id":"localhost/#quay"},"error":"temporarily unavailable"}`}},
		{"a warning", []string{":s WARN REHASH CERTS_EXPIRED :Certificate has expired"}, []string{sendsFromServer("Certificate has expired")}},
		{"a note", []string{":s NOTE * OPER_MESSAGE :Nine o'clock"}, []string{sendsFromServer("Nine o'clock")}},
		{"numerics that say nothing", []string{":s 001 mara :Hi", ":s 002 mara :x", ":s 251 mara :x", ":s 265 mara 1 2 :x", ":s 311 mara otto o q * :Otto", ":s 375 mara :-", ":s 396 mara cloak :is now your host", ":s 442 mara #x :x", ":s 900 mara x y :z"}, nil},
		{"words that nobody knows", []string{":s WALLOPS :x", ":s FOO bar", ":s 9999 x", "ERROR :x", ":s SETNAME :x", ":s CHGHOST a b"}, nil},
		{"the message of the day in two parts", []string{":s 372 mara :- a", ":s 372 mara :- b :) c", ":s 422 mara :none"}, []string{`{"type":"update","actor":{"type":"service","id":"localhost","name":"localhost"},"object":` + titled("- a - b :) c") + `}`}},
		{"the network's name", []string{":s 005 mara NETWORK=Quay :x", ":otto!o@q QUIT"}, []string{leaves(otto, `{"type":"service","id":"localhost","name":"Quay"}`, "user has quit")}},
		{"an invitation without a room", []string{":otto!o@q INVITE mara"}, nil},
	}
	if len(tests) < 60 {
		t.Errorf("only %d", len(tests))
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkTranslations(t, tt.in, tt.want...) })
	}
}

func sendsFromServer(text string) string {
	return `{"type":"send","actor":` + network + `,"object":` + spoken(text) + `,"target":` + personNamed("mara") + `}`
}

// Conversations that nobody recorded.
func TestUnseenSessions(t *testing.T) {
	t.Run("kicked and back with a key", func(t *testing.T) {
		c, host, conn, _ := online(t, testSettings(), "")
		enter(t, c, conn)
		conn.send(":otto!~o@q KICK #deck mara :out", ":otto!~o@q MODE #deck +k sesame")
		host.next(t)
		answers := start(c, job(t, room("join", "#deck", "")))
		conn.expect(t, "JOIN #deck")
		conn.send(":s 475 mara #deck :Cannot join channel (+k)")
		conn.pong(t)
		want(t, answers, "Cannot join channel (+k)")
		answers = start(c, job(t, `{"type":"join","target":{"type":"room","id":"localhost/#deck","key":"sesame"}}`))
		conn.expect(t, "JOIN #deck sesame")
		conn.send(":mara!~m@q JOIN #deck")
		conn.pong(t)
		want(t, answers, "")
	})
	t.Run("a server that makes the user join and part", func(t *testing.T) {
		c, host, conn, _ := online(t, testSettings(), "")
		conn.send(":mara!~m@q JOIN #help")
		host.expect(t, `{"type":"join","actor":`+personNamed("mara")+`,"target":`+roomNamed("#help")+`}`)
		answers := start(c, job(t, says("#help", "where am I?")))
		conn.expect(t, "PRIVMSG #help :where am I?")
		conn.pong(t)
		want(t, answers, "")
		conn.send(":mara!~m@q PART #help :moved")
		host.expect(t, leaves(personNamed("mara"), roomNamed("#help"), "moved"))
		want(t, start(c, job(t, says("#help", "x"))), string(errNotJoined))
	})
	t.Run("leaving with a reason", func(t *testing.T) {
		c, host, conn, _ := online(t, testSettings(), "")
		enter(t, c, conn)
		answers := start(c, job(t, room("leave", "#deck", `,"object":{"type":"message","content":"gone fishing :)"}`)))
		conn.expect(t, "PART #deck :gone fishing :)")
		conn.send(":mara!~m@q PART #deck :gone fishing :)")
		want(t, answers, "")
		conn.pong(t)
		host.none(t)
	})
	t.Run("a text to operators", func(t *testing.T) {
		c, _, conn, _ := online(t, testSettings(), "")
		enter(t, c, conn)
		conn.send(":s 005 mara STATUSMSG=@+ CHANTYPES=# :x")
		conn.sync(t)
		answers := start(c, job(t, says("@#deck", "psst")))
		conn.expect(t, "PRIVMSG @#deck :psst")
		conn.pong(t)
		want(t, answers, "")
		want(t, start(c, job(t, says("@#quay", "psst"))), string(errNotJoined))
	})
	t.Run("a query by id, and of no room", func(t *testing.T) {
		c, _, conn, _ := online(t, testSettings(), "")
		answers := start(c, job(t, `{"type":"query","target":{"type":"room","id":"localhost/#deck"},"object":{"type":"attendance"}}`))
		conn.expect(t, "NAMES #deck")
		conn.send(":s 366 mara #DECK :End")
		want(t, answers, "")
		conn.pong(t)
		want(t, start(c, job(t, `{"type":"query","target":{"type":"person","id":"otto@localhost","name":"otto"},"object":{"type":"attendance"}}`)), "cannot query attendance without a valid channel name")
		want(t, start(c, job(t, `{"type":"query","target":{"type":"room","id":"localhost/#deck"},"object":{"type":"weather"}}`)), "unknown 'type' 'weather'")
		want(t, start(c, job(t, `{"type":"update","target":{"type":"room","id":"localhost/#deck"},"object":{"type":"message","content":"x"}}`)), "unknown update action: message")
	})
	t.Run("back from lunch", func(t *testing.T) {
		c, host, conn, _ := online(t, testSettings(), "")
		for _, tt := range [][2]string{{`"presence":"away"`, "AWAY :away"}, {`"presence":"away","content":"lunch"`, "AWAY :lunch"}, {`"presence":"online"`, "AWAY"}} {
			answers := start(c, job(t, `{"type":"update","object":{"type":"presence",`+tt[0]+`}}`))
			conn.expect(t, tt[1])
			conn.send(":s 305 mara :x")
			want(t, answers, "")
			conn.pong(t)
		}
		host.none(t)
	})
	t.Run("a refusal in a batch", func(t *testing.T) {
		c, _, conn, _ := online(t, testSettings(), "batch labeled-response")
		answers := start(c, job(t, room("join", "#quay", "")))
		conn.expect(t, "@label=sh-1 JOIN #quay")
		conn.send("@label=sh-1 :s BATCH +r labeled-response", "@batch=r :s NOTE JOIN X #quay :x", "@batch=r :s 474 mara #quay :Cannot join channel (+b)", ":s BATCH -r")
		want(t, answers, "Cannot join channel (+b)")
	})
	t.Run("a change of CASEMAPPING", func(t *testing.T) {
		c, host, conn, _ := online(t, testSettings(), "")
		conn.send(":mara!~m@q JOIN #De[k]", ":s 005 mara CASEMAPPING=ascii :x")
		host.next(t)
		conn.sync(t)
		want(t, start(c, job(t, says("#de{k}", "x"))), string(errNotJoined))
		answers := start(c, job(t, says("#de[k]", "x")))
		conn.expect(t, "PRIVMSG #de[k] :x")
		conn.pong(t)
		want(t, answers, "")
	})
	t.Run("jobs without what they need", func(t *testing.T) {
		c, _, conn, _ := online(t, testSettings(), "")
		for _, text := range []string{`{"type":"send"}`, `{"type":"join","target":{}}`, `{"type":"update"}`, `{"type":"query","target":{"id":"x"}}`, `{"type":"leave"}`, `{"type":"nonsense"}`} {
			if a := <-start(c, job(t, text)); a.err == nil || strings.Contains(a.text(), "panic") {
				t.Errorf("%s is answered %q", text, a.text())
			}
		}
		conn.sync(t)
	})
}
