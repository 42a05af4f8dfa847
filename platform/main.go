package platform

import (
	"fmt"
	"os"
	"runtime"

	"github.com/sockethub/sockethub/platform/internal/sandbox"
)

// Main is the first line of main, of the server as of every program that is a
// platform. It returns at once unless the process was started as a worker, or
// as the shim that shuts a worker in; then it never returns.
//
//	func main() {
//		platform.Main(weather.Definition())
//		log.Fatal("this program is a platform of Sockethub: name it in the config's \"platforms\"")
//	}
//
// A program with several definitions can be a worker of each, but only one with
// a single definition can be named in the config by its path.
func Main(definitions ...*Definition) {
	if order, ok := os.LookupEnv(sandbox.ShimVariable); ok {
		if err := sandbox.RunShim(order); err != nil {
			fmt.Fprintf(os.Stderr, "<3>the worker was not started: %v\n", err)
			os.Exit(shimFailed)
		}
	}
	if os.Getenv(sandbox.WorkerVariable) == "" {
		return
	}
	// The server keeps main's goroutine on its thread: see package daemon. A worker
	// has no use for that, and would wait for the thread again and again.
	runtime.UnlockOSThread()
	os.Exit(workerMain(definitions))
}

// shimFailed is the exit status of a shim that could not start its worker, the
// same as a shell's.
const shimFailed = 126

// workerMain is the life of a worker process: it returns the exit status.
func workerMain(definitions []*Definition) int {
	in, out := workerFiles()
	if err := serveWorker(in, out, os.Stderr, definitions, drainTime); err != nil {
		fmt.Fprintf(os.Stderr, "<3>%v\n", err)
		return 1
	}
	return 0
}
