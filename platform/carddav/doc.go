// Package carddav is the platform for address books: contacts on a CardDAV server
// (RFC 6352), without losing a line of what other programs put there.
//
//	{"type":"query","actor":{"id":"carddav:ann","type":"person"},"target":{"id":"https://dav.example/ann/people/","type":"addressBook"},
//	 "object":{"text":"rosa","limit":20}}
//
//	REPORT /ann/people/
//	Depth: 1
//	<addressbook-query xmlns="urn:ietf:params:xml:ns:carddav">…<prop-filter name="FN"><text-match …>rosa</text-match></prop-filter>…
//	◄ 207 …<address-data>BEGIN:VCARD…FN:Rosa Díaz…END:VCARD</address-data>…
//
//	{"type":"collection","summary":"CardDAV contacts","totalItems":1,"items":[{"id":"https://dav.example/ann/people/1.vcf",
//	 "etag":"\"7\"","type":"person","uid":"1","name":"Rosa Díaz","vcardVersion":"3.0","updateSupported":true,…}]}
//
// The verbs are fetch (which address books there are), query, create, update and
// delete, a file for each. Package dav speaks with servers, package vcard reads and
// patches what is stored. A card stays of the version it has; new ones are of 3.0,
// unless the server says that it takes 4.0. When somebody else has changed a contact
// meanwhile, the error carddav:conflict comes with "current", the contact as it is
// now with its etag.
//
// # What is not as it was
//
// The platform answers as the reference server does, as recorded in
// dav/davtest/testdata, except for what package caldav says of both, and this:
//
//   - New cards are of version 3.0, which every server takes.
//   - What the server finds is searched again, in the name that is shown, e-mail
//     addresses, numbers and the organization: some servers find too much.
//   - Errors say what is wrong with the message, as those of caldav do.
//   - A UID may have any letters, also / % \: the name of the file is a hash then.
//   - Cards that were refused are read: of version 2.1, without FN or UID.
//   - "truncated" says that the server had more, "next" where the next page begins.
//
// Read definition.go first, then query.go and update.go.
package carddav
