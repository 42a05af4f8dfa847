// Package xml reads and writes the XML of XMPP (RFC 6120, section 11): a stream
// is one document that never ends, and its children are the stanzas.
//
//	<?xml version='1.0'?>
//	<stream:stream from='harbor.example' id='s1' version='1.0'        Reader.Header
//	  xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>
//	<message from='otto@quay.example/phone' id='m1'>                  Reader.Next ─► *Element
//	  <body>nine &amp; ten</body></message>
//	</stream:stream>                                                  Reader.Next ─► ErrStreamEnd
//
//	bytes ── tokenizer ──► <tag …>, </tag>, text ── Reader ──► *Element
//	bytes ◄── Element.Append ───────────────────────────────── *Element
//
// An element keeps what was received: prefixes, the order of attributes, the
// declarations of namespaces. What it means is resolved beside that, so that
// c:message with xmlns:c="jabber:client" is a message like any other:
// Element.Is asks for the namespace and the name, Element.Append writes the
// element as it came.
//
// A stream may be cut anywhere, also within a character. A Reader waits for a
// whole tag or text and never holds more than one stanza. All limits are checked
// before memory is taken for what they limit. What XMPP forbids (a DTD,
// comments, processing instructions, entities of one's own) and what is no XML
// at all is a *StreamError whose condition is that of RFC 6120, section 4.9.3;
// nothing can be read from the stream after it.
//
// Read element.go first, then reader.go and tokenizer.go, then write.go.
package xml
