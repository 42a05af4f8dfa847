// Package feeds is the platform that reads news feeds: RSS 0.9x, 1.0 and 2.0,
// Atom 0.3 and 1.0, JSON Feed.
//
//	{"type":"fetch","id":"1","actor":{"id":"https://kiln.example/rss","type":"feed"},"object":{"limit":1}}
//
//	<rss version="2.0"><channel><title>Kiln Notes</title>
//	  <item><title>Blue, again</title><link>https://kiln.example/blue</link>
//	    <pubDate>Tue, 05 Mar 2024 08:00:00 GMT</pubDate></item>…
//
//	{"type":"collection","id":"1","summary":"Kiln Notes","totalItems":1,"items":[{"type":"post","id":"1",
//	  "actor":{"id":"https://kiln.example/rss","type":"feed","name":"Kiln Notes",…},
//	  "object":{"type":"note","title":"Blue, again","url":"https://kiln.example/blue",
//	    "published":"2024-03-05T08:00:00.000Z","datenum":1709625600000,…}}]}
//
// A document is fetched once for all who ask within its time (document.go, with
// package webfetch), scanned once from front to back (scan.go: XML 1.0 as the
// web writes it), and kept as entries in their order (feed.go, order.go); each
// job then picks by since and limit (result.go). What is told of a feed in
// RSS 2.0 is what the reference server tells, and some members more. Titles and
// contents are told as they are written, scripts included: who shows them knows
// what is harmless there. Only relative addresses below xml:base are resolved.
//
// totalItems is how many entries there are for a job. Where not all of them fit in
// an answer of 1 MiB, it has the newest; with since it has those nearest to
// since. A client that goes on with the date of the newest one it got, or with a
// limit that is smaller by as many, reaches all that have a date.
//
// Dates are read as the reference server's JavaScript engine reads them (date.go),
// and where that reads nothing as people write them (dateloose.go). One that can
// be read two ways is none: 05/06/2020 without a day of the week.
//
// Read definition.go first, then document.go, feed.go, and rss.go or atom.go.
package feeds
