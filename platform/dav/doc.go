// Package dav talks to servers of calendars and address books: WebDAV (RFC 4918)
// with what CalDAV (RFC 4791) and CardDAV (RFC 6352) have in common.
//
//	PROPFIND /.well-known/caldav HTTP/1.1          the user's address is a root
//	◄ 301 Location: /dav/                          same origin: followed
//	PROPFIND /dav/ HTTP/1.1
//	Depth: 0
//	◄ 401 WWW-Authenticate: Digest realm="r", nonce="a", qop="auth"
//	PROPFIND /dav/ HTTP/1.1                        asked, so the user may be named
//	Authorization: Digest username="ann", …, nc=00000001
//	◄ 207 <multistatus xmlns="DAV:"><response><href>/dav/</href><propstat>
//	        <prop><calendar-home-set xmlns="urn:ietf:params:xml:ns:caldav">
//	          <href xmlns="DAV:">/dav/ann/</href></calendar-home-set></prop>…
//	PROPFIND /dav/ann/ HTTP/1.1                    the home: what calendars are in it?
//	Depth: 1
//
// A [Client] is for all users of a worker. It keeps, for ten minutes and by a
// keyed hash of the credentials, where the collections are and how the server
// asks for passwords, so that most jobs take one request. A [Session] is one
// job: [Session.Find] a collection, then [Session.Query], [Session.Sync],
// [Session.Get], [Session.Put] or [Session.Delete]. Every request goes through
// package webfetch, which judges the address that is dialled.
//
// Credentials go to the origin of the user's address, to https on the same host,
// and to the origins that an operator says are one provider's; whatever a server
// answers. Passwords are sent once the server has asked. Answers are at most
// 10 MiB, inflated, of at most 100,000 elements, 64 deep; there are no document
// types and so no entities.
//
// Servers differ. A report that one cannot do is replaced by listing and fetching;
// addresses are compared decoded and sent as they came; tags go back as they
// came, weak or not, and are asked for where PUT gave none.
//
// Read client.go first, then request.go and auth.go, discover.go, query.go,
// write.go and sync.go; xml.go and multistatus.go read what comes back. Locks:
// each type has its own, and none is held while another is taken.
package dav
