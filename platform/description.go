package platform

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/internal/frame"
)

// appendDescription appends the frame "describe" of a definition:
//
//	{"type":"describe","protocol":1,"name":"weather","version":"1.0.0","contextUrl":"https://…",
//	 "schemas":{"messages":{}},"persist":false,"concurrency":10,
//	 "verbs":{"fetch":{"credentials":false,"idempotent":true}},"heartbeat":true,"ports":[80,443]}
//
// After an error dst is returned as it was.
func appendDescription(dst []byte, d *Definition) ([]byte, error) {
	schemas := activity.NewObject()
	for _, s := range []struct {
		name string
		text []byte
	}{
		{"credentials", d.Schemas.Credentials},
		{"messages", d.Schemas.Messages},
		{"responses", d.Schemas.Responses},
		{"constraints", d.Schemas.Constraints},
	} {
		if s.text == nil {
			continue
		}
		v, err := activity.ParseObject(s.text)
		if err != nil {
			return dst, fmt.Errorf("platform %s: schema of the %s: %w", d.Name, s.name, err)
		}
		schemas.Set(s.name, v)
	}
	verbs := activity.NewObject()
	for name, v := range d.Verbs {
		verbs.Set(name, activity.NewObject(
			activity.Member{Name: "credentials", Value: v.Credentials},
			activity.Member{Name: "idempotent", Value: v.Idempotent},
		))
	}
	o := activity.NewObject(
		activity.Member{Name: "type", Value: "describe"},
		activity.Member{Name: "protocol", Value: frame.Version},
		activity.Member{Name: "name", Value: d.Name},
		activity.Member{Name: "version", Value: d.Version},
		activity.Member{Name: "contextUrl", Value: d.ContextURL},
		activity.Member{Name: "schemas", Value: schemas},
		activity.Member{Name: "persist", Value: d.Persist},
		activity.Member{Name: "concurrency", Value: d.Parallel()},
		activity.Member{Name: "verbs", Value: verbs},
		activity.Member{Name: "heartbeat", Value: !d.NoHeartbeat},
	)
	if d.Ports != nil {
		list := make([]any, len(d.Ports))
		for i, p := range d.Ports {
			list[i] = p
		}
		o.Set("ports", list)
	}
	return append(activity.AppendJSON(dst, o), '\n'), nil
}

// maxConcurrency bounds how many jobs an executable may ask for at a time.
const maxConcurrency = 1000

// ReadDescription makes a definition of such a frame, without New. What is
// missing is its zero value, but for what every platform must say.
func ReadDescription(o *activity.Object) (*Definition, error) {
	if o.Text("type") != "describe" {
		return nil, fmt.Errorf(`the answer has the type %q, want "describe"`, frame.Cut(o.Text("type"), 40))
	}
	if v, ok := frame.Whole(o.Get("protocol")); !ok || v != frame.Version {
		return nil, fmt.Errorf("it speaks protocol %s, want %d", frame.Cut(string(activity.AppendJSON(nil, o.Get("protocol"))), 40), frame.Version)
	}
	d := &Definition{Name: o.Text("name"), Version: o.Text("version"), ContextURL: o.Text("contextUrl")}
	if !isPlatformName(d.Name) {
		return nil, fmt.Errorf(`its "name" is %q, want small letters, digits and "-", a letter first, at most %d`, frame.Cut(d.Name, 40), maxName)
	}
	if d.Version == "" {
		return nil, errors.New(`it has no "version"`)
	}
	if u, err := url.Parse(d.ContextURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf(`its "contextUrl" is %q, want an absolute URL`, frame.Cut(d.ContextURL, 100))
	}
	for _, read := range []func(*Definition, *activity.Object) error{readSchemas, readVerbs, readNumbers} {
		if err := read(d, o); err != nil {
			return nil, err
		}
	}
	for _, b := range []struct {
		name string
		set  func(bool)
	}{
		{"persist", func(v bool) { d.Persist = v }},
		{"heartbeat", func(v bool) { d.NoHeartbeat = !v }},
	} {
		if err := readBool(o, b.name, b.set); err != nil {
			return nil, err
		}
	}
	return d, nil
}

const maxName = 32

func isPlatformName(name string) bool {
	if name == "" || len(name) > maxName || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	return !strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-'
	})
}

func readSchemas(d *Definition, o *activity.Object) error {
	schemas := o.Object("schemas")
	for _, s := range []struct {
		name string
		to   *[]byte
	}{
		{"credentials", &d.Schemas.Credentials},
		{"messages", &d.Schemas.Messages},
		{"responses", &d.Schemas.Responses},
		{"constraints", &d.Schemas.Constraints},
	} {
		v, ok := schemas.Lookup(s.name)
		if !ok || v == nil {
			continue
		}
		text, ok := v.(*activity.Object)
		if !ok {
			return fmt.Errorf(`its schema %q is not an object`, s.name)
		}
		*s.to = activity.AppendJSON(nil, text)
	}
	if d.Schemas.Messages == nil {
		return errors.New(`it has no schema "messages"`)
	}
	return nil
}

func readVerbs(d *Definition, o *activity.Object) error {
	verbs := o.Object("verbs")
	if verbs.Len() == 0 {
		return errors.New(`it has no "verbs"`)
	}
	d.Verbs = make(map[string]Verb, verbs.Len())
	for i := range verbs.Len() {
		name, v := verbs.Member(i)
		about, ok := v.(*activity.Object)
		if !ok {
			return fmt.Errorf("its verb %q is not an object", frame.Cut(name, 40))
		}
		var verb Verb
		if err := readBool(about, "credentials", func(v bool) { verb.Credentials = v }); err != nil {
			return fmt.Errorf("its verb %q: %w", frame.Cut(name, 40), err)
		}
		if err := readBool(about, "idempotent", func(v bool) { verb.Idempotent = v }); err != nil {
			return fmt.Errorf("its verb %q: %w", frame.Cut(name, 40), err)
		}
		d.Verbs[name] = verb
	}
	return nil
}

func readNumbers(d *Definition, o *activity.Object) error {
	if v := o.Get("concurrency"); v != nil {
		n, ok := frame.Whole(v)
		if !ok || n < 1 || n > maxConcurrency {
			return fmt.Errorf(`its "concurrency" is not a number from 1 to %d`, maxConcurrency)
		}
		d.Concurrency = int(n)
	}
	switch ports := o.Get("ports").(type) {
	case nil:
	case []any:
		d.Ports = make([]int, 0, len(ports))
		for _, p := range ports {
			n, ok := frame.Whole(p)
			if !ok || n < 1 || n > 65535 {
				return errors.New(`its "ports" are not numbers from 1 to 65535`)
			}
			d.Ports = append(d.Ports, int(n))
		}
		slices.Sort(d.Ports)
		d.Ports = slices.Compact(d.Ports)
	default:
		return errors.New(`its "ports" are not a list`)
	}
	return nil
}

func readBool(o *activity.Object, name string, set func(bool)) error {
	switch v := o.Get(name).(type) {
	case nil:
		return nil
	case bool:
		set(v)
		return nil
	}
	return fmt.Errorf("%q is neither true nor false", name)
}
