// Package frame has the lines between the server and a worker, in both directions:
// how they are read, how they are written, and how many go out in one write.
//
//	server ── {"type":"job","id":7,"session":"s1","deadlineMs":60000,"activity":{…}} ──► worker
//	       ◄─ {"type":"result","id":7,"initialized":true,"activity":{…}} ──
//
// PROTOCOL.md in package platform is the contract. frame.go and hello.go write
// and read frames, input.go cuts what arrives into lines, and an [Outbox] gathers
// what either side says. keep.go has the [Notes] that workers leave for later
// ones, which travel in the first frame, and stderr.go the lines of a worker's
// standard error.
package frame
