package dummy

import (
	"os"
	"time"

	"github.com/sockethub/sockethub/platform"
)

// hangTime is how long "hang" blocks its worker, unless the server ends that
// first.
const hangTime = 60 * time.Second

// crash does a verb that ends the worker, or blocks it. It reports whether there
// is such a verb, if it comes to that.
func (d *dummy) crash(verb string) bool {
	switch verb {
	case "exit0":
		os.Exit(0)
	case "exit1":
		os.Exit(1)
	case "throwTypeError":
		panic("TypeError: dummy type error")
	case "throwReferenceError":
		panic("ReferenceError: dummy reference error")
	case "sigterm":
		end(false)
	case "sigkill":
		end(true)
	case "hang":
		d.host.(platform.Blocker).Block(hangTime)
	default:
		return false
	}
	return true
}
