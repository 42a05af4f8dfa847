// Package remote says who is at the other end of a request, and what an address
// is counted under.
//
//	GET /sockethub/ HTTP/1.1                       from 192.0.2.1
//	X-Forwarded-For: 198.51.100.1, 203.0.113.9
//
//	Proxies{}.Client         ──► 192.0.2.1         the peer: nobody is trusted
//	Proxies{Hops: 1}.Client  ──► 203.0.113.9       whom the peer, a proxy, names
//
//	203.0.113.9         ──► Subscriber ──► 203.0.113.9
//	2001:db8:0:7f:a::3  ──► Subscriber ──► 2001:db8:0:7f::/64
//
//	64:ff9b::c000:201   ──► Carried    ──► 192.0.2.1
//
// Every limit on addresses counts by Subscriber. Read proxies.go first.
package remote
