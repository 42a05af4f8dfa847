// Package webfetch fetches what a stranger's URL names, without being pointed
// at networks that only this machine can reach.
//
//	"http://0x7f.1/"  ──ParseURL──► http://127.0.0.1/
//	                                  │ scheme, host, port, user info
//	Client.Fetch ── resolve ── judge each address ── dial that address ──► 10.0.0.5? refused
//	     ▲                                              │ Dialer.Control judges once more
//	     └──── 301 Location: http://inner.test/ ◄───────┘ the whole way again, 20 times at most
//	                     200 Content-Encoding: gzip
//	Response.Body ◄── inflate ◄── count ◄── the network   bytes counted before and after
//	Decode ◄── BOM, header, declaration ── text in UTF-8
//
// The name is looked up once, and the addresses that were judged are the ones
// that are dialled: an answer that changes in between gains nothing (DNS
// rebinding). What may be dialled follows the IANA special-purpose address
// registries (RFC 6890 and its updates); URLs are read as browsers read them
// (URL Standard, whatwg.org), so that what is judged is what is fetched.
//
// Errors are for clients: they name what went wrong and no address that a name
// led to. The cause below them, for the log, has it all.
//
// Read client.go first, then url.go, address.go and dial.go; body.go counts,
// charset.go finds out the encoding, and [Cache] in cache.go lets many ask and one fetch. Package
// charset decodes, markup reads web pages; fetchtest is for tests of platforms.
package webfetch
