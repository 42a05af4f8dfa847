// Package platform is what authors of platforms need: what a platform is, and the
// worker process that it runs in.
//
// A platform answers messages of one kind: IRC, feeds, calendars. It never
// shares a process with the server. Its worker is this binary again, or any
// executable that the config names, and the two talk in lines of JSON:
//
//	server  ── {"type":"hello","protocol":1,"platform":"irc","instance":"2f8c…","config":{},…} ──► worker
//	        ◄─ {"type":"ready"} ──
//	        ── {"type":"job","id":7,"session":"s1","deadlineMs":60000,"activity":{…}} ──►  Platform.Do
//	        ◄─ {"type":"result","id":7,"initialized":true,"activity":{…}} ──
//	        ◄─ {"type":"event","activity":{…}} ──                                           Host.Event
//	        ◄─ {"type":"keep","key":"sts irc.example","value":"6697","seconds":2592000} ── Host.Keep
//	        ── {"type":"stop","reason":"shutdown","withinMs":1000} ──►                     Stopper.Stop
//
// PROTOCOL.md describes the lines for those who write a platform in another
// language.
//
// # Writing a platform in Go
//
// A platform is a [Definition], and a type with the method Do. Package dummy is
// the shortest one. A program of its own hands the definition to [Main] and is
// named in the config by its path; one that embeds the server gives it to
// gateway.Options as well, and calls Main first thing:
//
//	func main() {
//		platform.Main(weather.Definition())
//		…
//	}
//
// # Read the sources
//
// definition.go is what platforms see. In the worker: main.go, worker.go (the loop
// that reads frames), crew.go (the goroutines that do jobs), host.go. A worker has
// crew.mu and the lock of its frame.Outbox, never both at a time.
//
// Package internal/frame has the lines, internal/sandbox how a worker is started
// and shut in, supervisor the server's side.
package platform
