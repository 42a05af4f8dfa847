// Package jid is the addresses of XMPP (RFC 7622):
//
//	mara@harbor.example/web        an account's connection: a full JID
//	└┬─┘ └─────┬──────┘ └┬┘
//	local    domain    resource
//
//	decks@rooms.harbor.example/Otto of the Quay        a room and, behind the slash, a nick
//
// An address is shown as it came and compared folded, since a server folds what
// it gets and answers with that: Mara@Harbor.Example is mara@harbor.example.
// The resource keeps its case.
//
//	Parse ──► JID as written ── Fold ──► JID to compare with ==, or to be a map's key
//
// Folding is PRECIS (RFC 8265): UsernameCaseMapped for the local part,
// OpaqueString for the resource; and IDNA to lower-case letters of the language
// for the domain, where xn--hfen-loa.example is häfen.example. The tables are
// those of package unicode and package normal. Characters that Unicode got after
// these tables were made are let pass: a nick with a new emoji is a nick.
//
// Read jid.go first, then fold.go, prepare.go and punycode.go.
package jid
