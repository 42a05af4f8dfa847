// Package platform says what a platform is, runs platforms in processes of their
// own, and looks after these.
//
// A platform answers messages of one kind: IRC, feeds, calendars. It never
// shares a process with the server. Its worker is this binary again, or any
// executable that the config names, and the two talk in lines of JSON:
//
//	Manager ── {"type":"hello","protocol":1,"platform":"irc","instance":"2f8c…","config":{},…} ──► worker
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
// definition.go is what platforms see, frame.go the lines, sink.go what the
// server gets.
//
// In the worker: main.go, worker.go (the loop that reads frames), crew.go (the
// goroutines that do jobs), outbox.go (gathers frames and writes them together),
// host.go. Between the two: launch.go, shim_linux.go and sandbox_linux.go, which
// a worker goes through when it is started.
//
// In the server: manager.go, instance.go (a platform for an actor), pump.go
// (feeds jobs to workers), process.go (a worker from outside), starter.go. Both
// sides have a keeper (keep.go) for what outlives workers. An instance whose
// actor changes (instance_actor.go) or that nobody uses for a while
// (instance_linger.go, janitor.go) has rules of its own.
//
// Locks of the server, outer first: Manager.mu, Instance.mu, then those of a
// process and of the starter. A worker has crew.mu and outbox.mu, never both at
// a time.
package platform
