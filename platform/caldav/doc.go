// Package caldav is the platform for calendars: events and tasks on a CalDAV
// server (RFC 4791), without losing a line of what other programs put there.
//
//	{"type":"update","actor":{"id":"caldav:ann","type":"person"},"target":{"id":"https://dav.example/ann/work/","type":"calendar"},
//	 "object":{"type":"event","id":"https://dav.example/ann/work/1.ics","uid":"1@x","etag":"\"7\"","name":"Plan B"}}
//
//	GET /ann/work/1.ics          PUT /ann/work/1.ics
//	If-Match: "7"                If-Match: "7"
//	◄ 200                        …
//	  …                          SUMMARY:Plan B
//	  SUMMARY:Plan               X-APPLE-STRUCTURED-LOCATION;…
//	  X-APPLE-STRUCTURED-…       ◄ 204 ETag: "8"
//
//	{"type":"update",…,"object":{"id":"https://dav.example/ann/work/1.ics","type":"event","uid":"1@x","etag":"\"8\""}}
//
// The verbs are fetch (which calendars there are), query, create, update and
// delete, a file for each. Package dav speaks with servers, package ical reads and
// patches what is stored. When somebody else has changed an item meanwhile, the
// error caldav:conflict comes with "current", the item as it is now with its etag.
//
// # Who sends invitations
//
// A server with calendar-auto-schedule (RFC 6638; its calendars say
// "scheduling":true) sends mail when an event with an organizer and attendees is
// stored, moved or deleted, if one of them is its user: Nextcloud, Fastmail, SOGo
// and Carbonio are reported to, Cyrus was seen to. Radicale, Xandikos and sabre/dav
// 1.8 send nothing. "notify":false on create and update asks the server not to
// (SCHEDULE-AGENT=CLIENT on the attendees, which stays there), and on delete not
// to tell the organizer (Schedule-Reply: F). Without it the server decides. We send
// no mail ourselves.
//
// # What is not as it was
//
// The platform answers as the reference server does, as recorded in
// dav/davtest/testdata, except for this:
//
//   - Broken XML is invalid-response and not an empty calendar; document types are
//     refused; namespaces count. All text is text: a calendar may be called 2026.
//   - A 403 is forbidden, and other statuses have codes of their own: uid-conflict,
//     too-large, locked, quota-exceeded, unavailable. 404 and 410 are not-found
//     also for a query. They go on with what the server said.
//   - An address in an answer is resolved where redirects led. Several homes are
//     merged; a calendar on a foreign server is left out, and does not fail the rest;
//     a final slash does not count. After 400, 403 and 405 too, the well-known address
//     is tried. http may lead to https on the same host.
//   - What is created is created, also when the server says that it is elsewhere.
//   - Any UID has a file name. User names of Digest may be of any letters.
//   - Where a member is missing, the error names it. update and delete need the etag,
//     update also the uid, which must be that of the stored item, of the same type.
//   - An update patches the stored text, of series with exceptions too.
//   - Words that no message may have (STATUS:BUSY, INTERVAL=0, a guest without an
//     address) are not told, and stay in the file.
//   - An item that cannot be read is an entry of "errors". No SUMMARY is the name "".
//   - A DELETE that failed in part has failed.
//   - Homes and the way to authenticate are remembered for ten minutes.
//
// # How long it takes
//
// connectTimeoutMs of packageConfig is for one request with its redirects and
// challenges. A job, which may need several, has one deadline: the server's
// limits.jobTimeoutMs, after which nothing is asked any more. docs/calendars.md has
// every error.
//
// Read definition.go first, then query.go and update.go.
package caldav
