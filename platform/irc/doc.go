// Package irc is the platform that keeps a user on an IRC network: RFC 1459 and
// 2812 as servers speak them today, and what IRCv3 adds.
//
//	{"type":"send","actor":{"id":"mara@irc.example.net","type":"person","name":"mara"},
//	 "target":{"id":"irc.example.net/#deck","type":"room","name":"#deck"},
//	 "object":{"type":"message","content":"see you :) at nine"}}
//
//	> PRIVMSG #deck :see you :) at nine
//	> PING :sh-17
//	< :irc.example.net 404 mara #deck :Cannot send to channel      the job fails with this text …
//	< :irc.example.net PONG irc.example.net :sh-17                 … or, without it, succeeds here
//
//	< :otto!~o@quay.example PRIVMSG #deck :good morning
//	{"type":"send","actor":{"type":"person","id":"otto@irc.example.net","name":"otto"},
//	 "target":{"type":"room","id":"irc.example.net/#deck","name":"#deck"},
//	 "object":{"type":"message","content":"good morning"},"published":"2024-01-02T03:04:05.678Z"}
//
// # What modern servers add
//
// Members that only some servers make possible are additions; who does not know
// them loses nothing.
//
//	server-time         published is the server's time
//	message-tags        object.id (msgid), object.inReplyTo (+draft/reply), both ways
//	echo-message        object.id and published in the answer to a send
//	labeled-response    answers without a PING; whatever error bears the label is the job's
//	account-tag         actor.account; with extended-join also actor.summary, the real name
//	away-notify         update of a presence with presence "away" or "online", and the text
//	draft/multiline     a text with line breaks is one message, both ways
//	draft/chathistory   query for old messages; after a reconnect they are asked for by themselves
//	standard replies    FAIL is the job's error; WARN, NOTE and a FAIL of no job are the server's messages
//	sasl                PLAIN, OAUTHBEARER, SCRAM-SHA-256 where the server lists it, EXTERNAL with
//	                    credentials' object.certificate, PEM of a certificate and its key; once
//	                    more when the network's services come back (CAP NEW)
//	sts                 a plain connection becomes a TLS one, for all users, for as long as promised
//	WEBIRC              the server is told whom the connection is for (packageConfig)
//
// As they look on both sides:
//
//	< @time=2024-01-02T03:04:05.678Z;msgid=m7;account=otto_acc;+draft/reply=m6 :otto!~o@quay.example PRIVMSG #deck :good morning
//	{"type":"send","actor":{"type":"person","id":"otto@irc.example.net","name":"otto","account":"otto_acc"},
//	 "target":{"type":"room","id":"irc.example.net/#deck","name":"#deck"},
//	 "object":{"type":"message","content":"good morning","id":"m7","inReplyTo":"m6"},"published":"2024-01-02T03:04:05.678Z"}
//
//	{"type":"send",…,"object":{"type":"message","content":"one\ntwo"}}
//	> @label=sh-2 BATCH +m1 draft/multiline #deck
//	> @batch=m1 PRIVMSG #deck :one
//	> @batch=m1 PRIVMSG #deck :two
//	> BATCH -m1
//	< @label=sh-2;msgid=m9;time=2024-01-02T03:04:05.678Z :mara!~m@10.0.0.9 BATCH +e draft/multiline #deck …
//	{"type":"send",…,"object":{"type":"message","content":"one\ntwo","id":"m9"},"published":"2024-01-02T03:04:05.678Z"}
//
//	> @label=sh-3 JOIN #quay
//	< @label=sh-3 :irc.example.net FAIL JOIN NEED_REGISTRATION #quay :You must log in first
//	{"type":"join",…,"error":"You must log in first"}
//
//	< :otto!~o@quay.example JOIN #deck otto_acc :Otto Quay
//	{"type":"join","actor":{"type":"person","id":"otto@irc.example.net","name":"otto","account":"otto_acc","summary":"Otto Quay"},…}
//	< :otto!~o@quay.example AWAY :lunch
//	{"type":"update","actor":{…,"account":"otto_acc"},"target":{"type":"room",…},
//	 "object":{"type":"presence","role":"member","presence":"away","content":"lunch"}}
//
//	{"type":"query",…,"target":{"id":"irc.example.net/#deck",…},
//	 "object":{"type":"history","after":"2024-01-02T03:04:05.678Z","limit":50}}
//	> CHATHISTORY AFTER #deck timestamp=2024-01-02T03:04:05.678Z 50
//	< :irc.example.net BATCH +h chathistory #deck
//	< @batch=h;time=2024-01-02T03:05:00.000Z;msgid=m8 :otto!~o@quay.example PRIVMSG #deck :are you there?
//	< :irc.example.net BATCH -h
//	{"type":"send",…,"object":{"type":"message","content":"are you there?","id":"m8"},"published":"2024-01-02T03:05:00.000Z"}
//	and the answer: {"type":"query",…,"object":{"type":"history",…,"totalItems":1}}
//
//	> WEBIRC secret sockethub 203.0.113.9 203.0.113.9
//	> CAP LS 302
//	< :irc.example.net CAP * LS :sts=port=6697 …            over plain TCP: TLS on port 6697 at once
//	< :irc.example.net CAP * LS :sts=duration=2592000 …     over TLS: and so for 30 days
//
// A room's key is target.key of a join. A message to the operators of a room
// (STATUSMSG) has object.audience. update with object {"type":"presence",
// "presence":"away","content":"lunch"} says that the user is away, one with object
// {"type":"role","name":"otto","role":"none"} removes otto from the room. An invitation
// is an activity of type invite. Who is away and gets a message is told of, also
// when he is in no room with the user. The answer to query with object attendance comes
// as presences and then as one activity of type query with object.members, and object.totalItems
// where they are too many for one. What
// one session asks, and that it connects, the other sessions of the connection do
// not see: schemas/responses.json says which results they do.
//
// # When a job is done
//
// Behind each command goes a barrier: a PING with a word of its own, or a label
// where the server has labeled-response. What the server says before the barrier
// comes back decides, and no list of numerics: any 4xx, 5xx, FAIL and the few
// errors outside of these (263, 707, 716, 926, 936 …) that concern the command
// fail the job with the server's text. An error concerns it that bears its label,
// names its target or the command, or names nothing at all; one about another
// room or person does not.
//
//	verb                success                         the barrier first
//	join                own JOIN, of the room that 470   success if inside already,
//	                    forwards to too                  else "no answer to join"
//	leave               own PART; 403 442 461            success
//	send                                                 success
//	update, topic       own TOPIC; 331                   success: it was the same
//	update, address     own NICK                         "no answer to nick change"
//	update, presence    305 306                          success
//	query, attendance   366                              success
//	query, profile      318                              success if there was a 311
//
// The same rule tells of rooms that do not take the user back after a reconnect;
// 437 alone, which holds a room back for the moment, makes it be tried again.
//
// # Texts
//
// A text that is longer than a line is cut in front of blanks, and between the
// characters of words that fit in no line, so that the pieces are the text again
// for whoever joins them. With draft/multiline it is one message with all its
// blanks and blank lines, or several where it is more than the server takes in
// one. A line in UTF-8 that a server has cut inside a
// character stays UTF-8; other bytes are read as Windows-1252.
//
// # Bouncer
//
// With packageConfig
//
//	{"bouncer":{"lingerSeconds":86400,"messages":500,"bytes":262144}}
//
// the connection of a user with a password or a token stays for a day while no
// session of his is there, and the last 500 messages of all rooms and persons are
// remembered in memory, 256 KiB at most. lingerSeconds is 0 by default: there is
// no bouncer. A session that comes back (credentials, connect) asks for what it
// missed as it would ask a server with draft/chathistory, which answers instead
// where there is one; without a target it is told what was said everywhere:
//
//	{"type":"query","actor":{…},"object":{"type":"history","after":"K3XW7QHN-41"}}
//	{"type":"send","actor":{"type":"person","id":"otto@irc.example.net","name":"otto"},"target":{"type":"room",…},
//	 "object":{"type":"message","content":"are you there?","id":"K3XW7QHN-42"},"published":"2024-01-02T03:05:00.000Z"}
//	{"type":"query","actor":{…},"object":{"type":"history","after":"K3XW7QHN-41","totalItems":1}}
//
// Where the server gives messages no ids the bouncer does, in what comes live too.
//
// # A lost connection
//
// Attached sessions hear of it, and when it is back. Jobs that wait fail; those
// that come meanwhile do too, but for connect, which makes the next attempt come
// at once, and disconnect, which ends it. Rooms are entered again with their
// keys, as the last MODE has them. Each attempt comes later than the one before,
// until a connection has lived for a minute. A ban ends it for good.
//
//	{"type":"connect","actor":{…},"object":{"type":"connect","status":"reconnecting","condition":"network"},
//	 "error":"Connection lost: the server closed the connection. Attempting automatic reconnection..."}
//	{"type":"connect","actor":{…},"object":{"type":"connect","status":"online"}}
//
// # Reading
//
// Read client.go first, which has the picture, then login.go (a connection's
// life), register.go and sasl.go (up to 001), serve.go, command.go and wait.go
// (how a job is answered), refuse.go (what refuses it), state.go and the translate files (lines to
// activities), and one file for each verb. Lines are read and written by package
// wire. Settings stand in settings.go.
//
// Locks: client.mu before link.mu. No lock is held while waiting for the network
// or the host, but for link.mu while a line is written.
package irc
