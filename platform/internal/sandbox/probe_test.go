package sandbox_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// probe is a platform that tries what a sandbox should refuse. Its answer is
// the error that it got, or what it was allowed to see.
type probe struct{}

func sandboxProbeDefinition() *platform.Definition {
	return &platform.Definition{
		Name: "probe", Version: "1.0.0", ContextURL: "https://sockethub.org/ns/context/platform/probe/v1.jsonld",
		Schemas: platform.Schemas{Messages: []byte(`{}`)},
		Verbs:   map[string]platform.Verb{"read": {}, "list": {}, "write": {}, "execute": {}, "connect": {}, "listen": {}, "signal": {}, "limits": {}, "look": {}},
		New:     func(platform.Host, []byte) (platform.Platform, error) { return probe{}, nil },
	}
}

func (probe) Do(ctx context.Context, job platform.Job) (*activity.Object, error) {
	a := job.Activity
	what := a.Text("what")
	var got string
	var err error
	switch a.Text("type") {
	case "read":
		var f *os.File
		if f, err = os.Open(what); err == nil {
			_, err = io.ReadAll(io.LimitReader(f, 10))
			f.Close()
		}
	case "list":
		_, err = os.ReadDir(what)
	case "write":
		err = os.WriteFile(what, []byte("x"), 0o600)
	case "execute":
		err = exec.Command(what, "-c", ":").Run()
	case "connect":
		network, address, _ := strings.Cut(what, " ")
		var c net.Conn
		if c, err = net.Dial(network, address); err == nil {
			c.Close()
		}
	case "listen":
		var l net.Listener
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err == nil {
			l.Close()
		}
	case "look":
		names, lookErr := net.DefaultResolver.LookupHost(ctx, what)
		got, err = strings.Join(names, " "), lookErr
	default:
		got, err = probeSystem(a.Text("type"), what)
	}
	if err != nil {
		return nil, fmt.Errorf("%w", err)
	}
	return activity.NewObject(activity.Member{Name: "got", Value: got}), nil
}
