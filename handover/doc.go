// Package handover carries the state of a running server to the program that
// replaces it in the same process.
//
// execve(2) keeps the process id, the children and every descriptor that is not
// close-on-exec. Everything else that the next program has to know goes into a
// file in memory (memfd_create(2)), which has no name, is sealed before the call,
// and is gone once it was read:
//
//	old program                                     next program, same process
//	  Writer.Put("session", state) ─┐                 ┌─► Reader.Next ─► Record.Into(&state)
//	  Writer.Keep(conn) ─► fd 17    ├► memfd ═ exec ══┤
//	  Exec(writer, path, …) ────────┘  fd 42          └─► Files.Conn(17)
//	                                   SOCKETHUB_HANDOVER=42
//
// The state is a line that names the version of its form, then records:
//
//	"sockethub handover 1\n"
//	kind's length  kind     body's length  checksum of these  checksum of the body  body
//	07             session  00 00 01 a4    2e 9f 41 c0        77 10 b2 0d           {"id":"…"}
//	…
//	03             end      …                                                       {"records":312}
//
// Checksums are CRC-32C, numbers are in network order, bodies are JSON. What a kind
// means, and what its JSON looks like, is the matter of the package that writes
// it: each has a file handover.go. A later version reads what an earlier one
// wrote: members are added, never given another meaning.
//
// A record that does not fit its checksum, or that its reader does not
// understand, is given up alone. One whose head is damaged ends the reading, as
// nobody knows where the next begins: what came before it stays.
package handover
