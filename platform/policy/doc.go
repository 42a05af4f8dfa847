// Package policy says which hosts the platforms may reach: the operator's word for
// all of them, to which a platform's packageConfig may add rules of its own.
//
//	"policy": {"allow": ["*.libera.chat:6697", "203.0.113.0/24"], "deny": ["old.libera.chat", "[2001:db8::/32]:6660-6669"]}
//
//	irc.libera.chat:6697 ─► 192.0.2.7 ─► Judge ─► allowed by policy.allow "*.libera.chat:6697"
//	old.libera.chat:6697 ──────────────► Judge ─► refused by policy.deny "old.libera.chat"
//
// A rule of deny is stronger than any of allow, and with no rule in allow all is
// allowed that deny does not name. Neither opens an address that a platform keeps
// closed: what is private stays the matter of allowPrivateAddresses.
//
// The server tells each worker the policy in its first frame; platform.PolicyOf
// returns it there. Read rule.go first.
package policy
