// Package markup reads web pages as a stream of tokens (HTML Standard, section
// 13.2), for those who look for a few elements and need no tree:
//
//	<title>Salt &amp; Sand</title><meta name=robots content="x">
//
//	StartTag "title"   Text "Salt &amp; Sand" (Raw)   EndTag "title"
//	StartTag "meta", of which Get("content") is "x"
//
// A page is gone through once, in a time that depends on nothing but its length;
// texts are parts of it. What is not closed goes to the end of the input, as in
// browsers. [Scanner] knows of the tree what decides how the rest is read: which
// elements have no markup in them, where the head ends, what is SVG or MathML.
//
// Read scanner.go first, then token.go; reference.go resolves "&amp;".
package markup
