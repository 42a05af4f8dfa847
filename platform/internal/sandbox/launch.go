package sandbox

import (
	"os"
	"runtime"
	"strconv"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/internal/frame"
)

// Launch is how a worker is started: with nothing that it does not need, and no
// secret, in its arguments and environment.
//
//	$ ps -o args
//	sockethub worker irc 2f8c…              one of ours
//	/opt/weather.py worker weather b51a…    an external executable
type Launch struct {
	Program     string   // path of an external executable; "" for this binary
	Platform    string   // its name; "" while an executable is asked for it
	Instance    string   // Key.ID()
	Persist     bool     // one of many workers, which never needs two processors
	Sandbox     bool     // shut it in, as far as the kernel can
	Ports       []int    // TCP ports it may connect to beside 53; nil for any
	MemoryBytes int64    // its collector works harder near this size; 0 for no limit
	OpenFiles   int      // limit on its descriptors; 0 for the server's own
	Env         []string // more variables, as "NAME=value"
}

// The variables that tell a process of ours what it was started as. They are
// variables because the arguments belong to the program that embeds us.
const (
	WorkerVariable = "SOCKETHUB_WORKER" // the version of the line protocol
	ShimVariable   = "SOCKETHUB_SHIM"   // a shimOrder as JSON; the shim takes it away
)

// passedOn are the variables of the server that a worker sees too. GORACE means
// something to programs that were built to find races.
var passedOn = []string{"TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "GORACE"}

// ExternalPath is the PATH of external executables: where "#!/usr/bin/env"
// looks, and all of it is readable in the sandbox.
const ExternalPath = "PATH=/usr/local/bin:/usr/bin:/bin"

// Command returns the file to execute, its arguments (with the name that it
// goes by) and its whole environment.
func (l Launch) Command() (path string, argv, env []string) {
	argv = []string{"sockethub", "worker"}
	if l.Program != "" {
		argv[0] = l.Program
	}
	if l.Platform != "" {
		argv = append(argv, l.Platform, l.Instance)
	}
	env = append(env, WorkerVariable+"="+strconv.Itoa(frame.Version))
	for _, name := range passedOn {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	if l.Program != "" {
		env = append(env, ExternalPath)
	}
	env = append(env, "GOMAXPROCS="+strconv.Itoa(l.processors(runtime.GOMAXPROCS(0))))
	if l.MemoryBytes > 0 {
		// The rest is for what the limit of Go's runtime does not count: the
		// program itself, and what its threads need.
		env = append(env, "GOMEMLIMIT="+strconv.FormatInt(l.MemoryBytes/8*7, 10))
	}
	env = append(env, l.Env...)
	if hasShim {
		order := ShimOrder{Program: l.Program, Batch: !l.Persist, Sandbox: l.Sandbox, Ports: l.Ports, OpenFiles: l.OpenFiles}
		return OwnProgram(), argv, append(env, ShimVariable+"="+string(order.AppendJSON(nil)))
	}
	if l.Program != "" {
		return l.Program, argv, env
	}
	return OwnProgram(), argv, env
}

// processors is how many of the server's processors a worker uses: one if it is
// one of many, else half of them. The server has at least as much to do for each
// job, and a worker with more processors than it needs wakes threads for nothing.
func (l Launch) processors(servers int) int {
	if l.Persist {
		return 1
	}
	return max(1, servers/2)
}

// OwnProgram is the file of this process.
func OwnProgram() string {
	if runtime.GOOS == "linux" {
		// It names the very file that runs, also after an upgrade replaced it.
		return "/proc/self/exe"
	}
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// ShimOrder is what a launch leaves for the shim to do.
type ShimOrder struct {
	Program   string
	Batch     bool // see runInBatches
	Sandbox   bool
	Ports     []int
	OpenFiles int
	Inside    bool // it is shut in, but for its system calls
}

// AppendJSON appends {"program":"","batch":true,"sandbox":true,"ports":[80],"openFiles":256,"inside":false}.
func (o *ShimOrder) AppendJSON(dst []byte) []byte {
	var ports any
	if o.Ports != nil {
		list := make([]any, len(o.Ports))
		for i, p := range o.Ports {
			list[i] = p
		}
		ports = list
	}
	return activity.AppendJSON(dst, activity.NewObject(
		activity.Member{Name: "program", Value: o.Program},
		activity.Member{Name: "batch", Value: o.Batch},
		activity.Member{Name: "sandbox", Value: o.Sandbox},
		activity.Member{Name: "ports", Value: ports},
		activity.Member{Name: "openFiles", Value: o.OpenFiles},
		activity.Member{Name: "inside", Value: o.Inside},
	))
}

// ReadShimOrder reads what appendJSON wrote.
func ReadShimOrder(text string) (*ShimOrder, error) {
	v, err := activity.ParseObject([]byte(text))
	if err != nil {
		return nil, err
	}
	o := &ShimOrder{Program: v.Text("program")}
	o.Batch, _ = v.Get("batch").(bool)
	o.Sandbox, _ = v.Get("sandbox").(bool)
	o.Inside, _ = v.Get("inside").(bool)
	if n, ok := frame.Whole(v.Get("openFiles")); ok {
		o.OpenFiles = int(n)
	}
	if list, ok := v.Get("ports").([]any); ok {
		o.Ports = []int{}
		for _, p := range list {
			if n, ok := frame.Whole(p); ok {
				o.Ports = append(o.Ports, int(n))
			}
		}
	}
	return o, nil
}
