// Package wire reads and writes the lines of IRC: RFC 1459 and 2812, with
// message tags (IRCv3).
//
//	@time=2024-01-02T03:04:05.678Z;msgid=m7 :otto!~o@quay.example PRIVMSG #deck :see you :)\r\n
//	└─────────────── tags ────────────────┘ └────── source ─────┘ command └──┴─ parameters ─┘
//
//	bytes ── Reader.ReadLine ──► "…" ── Parse ──► Message{Tags, Source, Command, Params}
//	bytes ◄── Message.Append ──────────────────── Message
//
// Reading is lenient, writing strict. A line may end in LF alone, have blanks in
// front of it and between its words, and its last parameter may stand behind a
// colon or not. A Reader never holds more than one line of bounded length.
// What is written has no CR, LF or NUL in it and no word that would be taken for
// two: Append refuses the message instead.
//
// Read message.go first, then parse.go, write.go and reader.go.
package wire
