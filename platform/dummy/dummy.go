package dummy

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

var (
	//go:embed schemas/credentials.json
	credentialsSchema []byte
	//go:embed schemas/messages.json
	messagesSchema []byte
	//go:embed schemas/config.json
	configSchema []byte
	//go:embed schemas/examples.json
	examples []byte
)

// Definition describes the platform.
func Definition() *platform.Definition {
	return &platform.Definition{
		Name:       "dummy",
		Version:    "3.0.0-alpha.22",
		ContextURL: activity.PlatformContextURL("dummy"),
		Schemas:    platform.Schemas{Credentials: credentialsSchema, Messages: messagesSchema, Config: configSchema, Examples: examples},
		// Its verbs take no time, so that many together are one batch.
		Concurrency: 1600, // its jobs cost nothing: a quarter is for one address, as that of all tests
		// None is idempotent: a verb that ends the worker must not be run again.
		Verbs: map[string]platform.Verb{
			"echo": {}, "greet": {}, "fail": {}, "throw": {},
			"exit0": {}, "exit1": {}, "throwTypeError": {}, "throwReferenceError": {}, "sigterm": {}, "sigkill": {}, "hang": {},
		},
		Ports: []int{},
		New:   newDummy,
	}
}

// dummy has no state: any number of jobs run at a time.
type dummy struct {
	host     platform.Host
	greeting string
	crashes  bool             // the verbs of crash.go are allowed
	actor    *activity.Object // of answers; never changed, so that all may share it
}

func newDummy(host platform.Host, config []byte) (platform.Platform, error) {
	d := &dummy{host: host, greeting: "Hello", crashes: true, actor: activity.NewObject(
		activity.Member{Name: "id", Value: "dummy"},
		activity.Member{Name: "type", Value: "platform"})}
	o, err := activity.ParseObject(config)
	if err != nil {
		return nil, err
	}
	for i := range o.Len() {
		name, value := o.Member(i)
		var ok bool
		switch name {
		case "greeting":
			d.greeting, ok = value.(string)
		case "crashVerbs":
			d.crashes, ok = value.(bool)
		default:
			return nil, fmt.Errorf("packageConfig has no key %q", name)
		}
		if !ok {
			return nil, fmt.Errorf("packageConfig: the value of %q has the wrong type", name)
		}
	}
	return d, nil
}

// Do implements [platform.Platform].
func (d *dummy) Do(_ context.Context, job platform.Job) (*activity.Object, error) {
	a := job.Activity
	switch verb := a.Text("type"); verb {
	case "echo":
		return d.turn(a), nil
	case "greet":
		object, err := objectOf(a)
		if err != nil {
			return nil, err
		}
		content, present := object.Lookup("content")
		object.Set("content", d.greeting+" "+text(content, present))
		return d.turn(a), nil
	case "fail", "throw": // the reference throws nothing either
		object, err := objectOf(a)
		if err != nil {
			return nil, err
		}
		content, present := object.Lookup("content")
		if !present {
			return nil, errors.New("")
		}
		return nil, errors.New(text(content, true))
	default:
		if d.crashes && d.crash(verb) {
			return nil, nil
		}
		return nil, platform.Plain("platform method " + verb + " not available")
	}
}

// turn makes a message the platform's answer to who sent it.
func (d *dummy) turn(a *activity.Object) *activity.Object {
	a.Set("target", a.Get("actor"))
	a.Set("actor", d.actor)
	return a
}

// objectOf returns the message's object. Without one the reference answers with
// what JavaScript says of it.
func objectOf(a *activity.Object) (*activity.Object, error) {
	switch v, present := a.Lookup("object"); object := v.(type) {
	case *activity.Object:
		return object, nil
	case nil:
		return nil, platform.Plain("Cannot read properties of " + text(nil, present) + " (reading 'content')")
	}
	return activity.NewObject(), nil
}
