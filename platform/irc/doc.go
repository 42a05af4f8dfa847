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
//	labeled-response    answers without a PING
//	account-tag         actor.account; with extended-join also actor.summary, the real name
//	away-notify         update of a presence with presence "away" or "online", and the text
//	draft/multiline     a text with line breaks is one message, both ways
//	draft/chathistory   query with object {"type":"history","after":"2024-01-02T03:04:05.678Z","limit":50};
//	                    after a reconnect it is asked for by itself
//	sasl                PLAIN, OAUTHBEARER, SCRAM-SHA-256 where the server lists it, EXTERNAL with
//	                    credentials' object.certificate, PEM of a certificate and its key
//	sts                 a plain connection becomes a TLS one
//
// A room's key is target.key of a join. A message to the operators of a room
// (STATUSMSG) has object.audience. update with object {"type":"presence",
// "presence":"away","content":"lunch"} says that the user is away. An invitation
// is an activity of type invite. The answer to query with object attendance comes
// as presences and then as one activity of type query with object.members.
//
// # A lost connection
//
// Attached sessions hear of it, and when it is back. Jobs that wait fail; those
// that come meanwhile do too, but for connect, which makes the next attempt come
// at once, and disconnect, which ends it. Rooms are entered again with their
// keys. A ban ends it for good.
//
//	{"type":"connect","actor":{…},"object":{"type":"connect","status":"reconnecting","condition":"network"},
//	 "error":"Connection lost: the server closed the connection. Attempting automatic reconnection..."}
//	{"type":"connect","actor":{…},"object":{"type":"connect","status":"online"}}
//
// # Reading
//
// Read client.go first, which has the picture, then login.go (a connection's
// life), register.go (up to 001), command.go and wait.go (how a job is answered),
// state.go and the translate files (lines to activities), and one file for each
// verb. Lines are read and written by package wire. Settings stand in
// settings.go.
//
// Locks: client.mu before link.mu. No lock is held while waiting for the network
// or the host, but for link.mu while a line is written.
package irc
