package xmpp

// Namespaces, by the document that defines them.
const (
	nsClient       = "jabber:client"                       // RFC 6120
	nsStanzaErrors = "urn:ietf:params:xml:ns:xmpp-stanzas" // RFC 6120
	nsPing         = "urn:xmpp:ping"                       // XEP-0199

	nsRoster        = "jabber:iq:roster"                       // RFC 6121
	nsForm          = "jabber:x:data"                          // XEP-0004
	nsDiscoInfo     = "http://jabber.org/protocol/disco#info"  // XEP-0030
	nsDiscoItems    = "http://jabber.org/protocol/disco#items" // XEP-0030
	nsMUC           = "http://jabber.org/protocol/muc"         // XEP-0045
	nsMUCUser       = "http://jabber.org/protocol/muc#user"    // XEP-0045
	nsMUCOwner      = "http://jabber.org/protocol/muc#owner"   // XEP-0045
	nsMUCAdmin      = "http://jabber.org/protocol/muc#admin"   // XEP-0045
	nsStorage       = "storage:bookmarks"                      // XEP-0048
	nsPrivate       = "jabber:iq:private"                      // XEP-0049
	nsVCard         = "vcard-temp"                             // XEP-0054
	nsRSM           = "http://jabber.org/protocol/rsm"         // XEP-0059
	nsPubSub        = "http://jabber.org/protocol/pubsub"      // XEP-0060
	nsOOB           = "jabber:x:oob"                           // XEP-0066
	nsChatStates    = "http://jabber.org/protocol/chatstates"  // XEP-0085
	nsVersion       = "jabber:iq:version"                      // XEP-0092
	nsCaps          = "http://jabber.org/protocol/caps"        // XEP-0115
	nsNick          = "http://jabber.org/protocol/nick"        // XEP-0172
	nsReceipts      = "urn:xmpp:receipts"                      // XEP-0184
	nsTime          = "urn:xmpp:time"                          // XEP-0202
	nsDelay         = "urn:xmpp:delay"                         // XEP-0203
	nsConference    = "jabber:x:conference"                    // XEP-0249
	nsCarbons       = "urn:xmpp:carbons:2"                     // XEP-0280
	nsVCard4        = "urn:ietf:params:xml:ns:vcard-4.0"       // XEP-0292
	nsForward       = "urn:xmpp:forward:0"                     // XEP-0297
	nsCorrection    = "urn:xmpp:message-correct:0"             // XEP-0308
	nsArchive       = "urn:xmpp:mam:2"                         // XEP-0313
	nsMarkers       = "urn:xmpp:chat-markers:0"                // XEP-0333
	nsHints         = "urn:xmpp:hints"                         // XEP-0334
	nsStanzaID      = "urn:xmpp:sid:0"                         // XEP-0359
	nsUpload        = "urn:xmpp:http:upload:0"                 // XEP-0363
	nsEncryption    = "urn:xmpp:eme:0"                         // XEP-0380
	nsBookmarks     = "urn:xmpp:bookmarks:1"                   // XEP-0402
	nsOccupantID    = "urn:xmpp:occupant-id:0"                 // XEP-0421
	nsFasten        = "urn:xmpp:fasten:0"                      // XEP-0422
	nsRetraction    = "urn:xmpp:message-retract:1"             // XEP-0424
	nsRetractionOld = "urn:xmpp:message-retract:0"             // XEP-0424 in the form of XEP-0422
	nsModeration    = "urn:xmpp:message-moderate:1"            // XEP-0425
	nsModerationOld = "urn:xmpp:message-moderate:0"            // XEP-0425 in the form of XEP-0422
	nsFallback      = "urn:xmpp:fallback:0"                    // XEP-0428
	nsReactions     = "urn:xmpp:reactions:0"                   // XEP-0444
	nsReply         = "urn:xmpp:reply:0"                       // XEP-0461
)
