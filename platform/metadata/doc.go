// Package metadata is the platform that previews links: what a chat shows below
// an address that somebody typed.
//
//	{"type":"fetch","id":"1","actor":{"id":"https://salt.example/road","type":"website"}}
//
//	<html lang="en"><head><title>The Salt Road</title>
//	  <meta property="og:image" content="/img/road.jpg"><meta property="og:image:width" content="1200">
//	  <meta name="description" content="Nine days on foot.">…
//
//	{"type":"fetch","id":"1","actor":{"id":"https://salt.example/road","type":"website","name":""},
//	  "object":{"type":"page","language":"en","title":"The Salt Road","description":"Nine days on foot.",
//	    "image":[{"url":"https://salt.example/img/road.jpg","type":"jpg","width":"1200"}],"favicon":"/favicon.ico",…}}
//
// An address is fetched once for all who ask within its time (fetch.go, with
// package webfetch), and no further than a preview needs (read.go): the head, to
// its written end, and 64 KiB of what follows; on to a megabyte where there was
// no Open Graph. A head that has come counts though the rest never does. Package
// markup cuts the page up; what it says in Open Graph, HTML,
// Twitter's cards, Dublin Core, microdata and JSON-LD is collected (page.go), and
// then it is decided what counts (preview.go): what the reference server tells
// comes first, in its order, and the rest only where that finds nothing.
//
// Third parties learn of nobody's links unless the configuration says so: x.go
// and reddit.go. What is no page is previewed in media.go and feed.go.
//
// Read definition.go first, then fetch.go, read.go, page.go and preview.go.
package metadata
