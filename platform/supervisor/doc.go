// Package supervisor runs platforms in processes of their own, and looks after
// these.
//
//	Submit ─► Instance ─► queue ─► pump ─ {"type":"job","id":7,…} ─► process ═ stdin ═► worker
//	                               Asker.Result ◄─ {"type":"result","id":7,…} ◄─ stdout ═╝
//
// A [Manager] has an [Instance] for each actor of a persistent platform, and one
// for each stateless platform. An instance outlives its workers: a job that
// finds none has the next one started. Every job that Submit accepts is answered
// exactly once, through its [Asker], whatever happens to its worker.
//
// # Read the sources
//
// sink.go is what the server gives and gets. Then manager.go, instance.go (one
// platform for one actor), pump.go (feeds jobs to workers), process.go (a worker
// seen from outside), starter.go (starts them all, on one thread). An instance
// whose actor changes (instance_actor.go) or that nobody uses for a while
// (instance_linger.go, janitor.go) has rules of its own.
//
// Locks, outer first: Manager.mu, Instance.mu, then those of a process and of
// the starter. None is held across I/O, the queue, the Sink, an Asker or the log.
package supervisor
