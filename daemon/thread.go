package daemon

import "runtime"

// The program's first goroutine stays on the process' first thread, and starts all
// workers there. The kernel ends a worker when the thread that started it ends, and
// exec(2) ends all threads but the one that calls it, which then is the first: so
// only if that is always the one that starts workers, they outlive one upgrade
// after the other. That a goroutine is on the first thread only an init can see to
// (runtime.LockOSThread); a worker, which is the same program, undoes it.
func init() { runtime.LockOSThread() }

// firstThread runs functions on the thread of the program's first goroutine.
type firstThread chan func()

// start has a function run there, after those before it have returned.
func (t firstThread) start(run func()) { t <- run }

// serve runs functions until done is closed.
func (t firstThread) serve(done <-chan struct{}) {
	for {
		select {
		case run := <-t:
			run()
		case <-done:
			return
		}
	}
}
