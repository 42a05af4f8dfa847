package telemetry

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Registry is a set of metrics that can be written in Prometheus' text form.
// Metrics are made once, at the start; the same name twice is a mistake in the
// program and panics. All methods may be called concurrently.
type Registry struct {
	mu       sync.Mutex // guards the fields below
	names    map[string]bool
	families []family
}

// family is all that has one name.
type family interface {
	head() (name, help, kind string)
	appendSamples(b []byte) []byte
}

func (r *Registry) add(f family) {
	name, _, _ := f.head()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.names[name] {
		panic("telemetry: metric " + name + " is there twice")
	}
	if r.names == nil {
		r.names = map[string]bool{}
	}
	r.names[name] = true
	r.families = append(r.families, f)
}

// Write writes all metrics.
func (r *Registry) Write(w io.Writer) error {
	r.mu.Lock()
	families := slices.Clone(r.families)
	r.mu.Unlock()
	var b []byte
	for _, f := range families {
		samples := f.appendSamples(nil)
		if len(samples) == 0 {
			continue
		}
		name, help, kind := f.head()
		b = fmt.Appendf(b, "# HELP %s %s\n# TYPE %s %s\n", name, strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(help), name, kind)
		b = append(b, samples...)
	}
	_, err := w.Write(b)
	return err
}

// ServeHTTP answers a scrape.
func (r *Registry) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer
	r.Write(&b) // a Buffer takes everything
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Write(b.Bytes())
}

// maxChildren bounds the combinations of a metric's labels. They come from our
// own tables; this keeps a mistake from filling the memory.
const maxChildren = 2000

// maxLabels is how many labels a metric may have; more are a mistake in the
// program, and panic when it is used.
const maxLabels = 3

// labelValues are those of a metric's labels, in the order of their names.
type labelValues [maxLabels]string

// vector is a metric with labels: one child for each combination of values.
type vector[T any] struct {
	name, help, kind string
	labels           []string // at most maxLabels
	start            func(*T) // prepares a new child; nil if its zero value will do
	append           func(b []byte, name, labels string, v *T) []byte

	mu       sync.RWMutex // guards children
	children map[labelValues]*child[T]
}

type child[T any] struct {
	labels string // `a="x",b="y"`
	value  T
}

func (v *vector[T]) head() (string, string, string) { return v.name, v.help, v.kind }

// with returns the child for label values, in the order of the names.
func (v *vector[T]) with(given []string) *T {
	if len(given) != len(v.labels) || len(given) > maxLabels {
		panic(fmt.Sprintf("telemetry: %s has the labels %q, got the values %q", v.name, v.labels, slices.Clone(given)))
	}
	var key labelValues
	copy(key[:], given)
	v.mu.RLock()
	c := v.children[key]
	v.mu.RUnlock()
	if c == nil {
		c = v.make(key)
	}
	return &c.value
}

// make returns the child for label values, which may be there by now.
func (v *vector[T]) make(key labelValues) *child[T] {
	v.mu.Lock()
	defer v.mu.Unlock()
	c := v.children[key]
	if c == nil && len(v.children) >= maxChildren {
		for i := range v.labels {
			key[i] = "other"
		}
		c = v.children[key]
	}
	if c == nil {
		c = &child[T]{labels: labelText(v.labels, key[:len(v.labels)])}
		if v.start != nil {
			v.start(&c.value)
		}
		if v.children == nil {
			v.children = make(map[labelValues]*child[T])
		}
		v.children[key] = c
	}
	return c
}

// all returns the children in the order of their labels.
func (v *vector[T]) all() []*child[T] {
	v.mu.RLock()
	children := slices.Collect(maps.Values(v.children))
	v.mu.RUnlock()
	slices.SortFunc(children, func(a, b *child[T]) int { return strings.Compare(a.labels, b.labels) })
	return children
}

func (v *vector[T]) appendSamples(b []byte) []byte {
	for _, c := range v.all() {
		b = v.append(b, v.name, c.labels, &c.value)
	}
	return b
}

// labelText writes label pairs. Quotes, backslashes and line ends are escaped.
func labelText(names, values []string) string {
	var b strings.Builder
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(name + `="` + escape.Replace(strings.ToValidUTF8(values[i], "�")) + `"`)
	}
	return b.String()
}

func appendSample(b []byte, name, labels string, value float64) []byte {
	b = append(b, name...)
	if labels != "" {
		b = append(append(append(b, '{'), labels...), '}')
	}
	b = append(b, ' ')
	switch {
	case math.IsInf(value, 1):
		b = append(b, "+Inf"...)
	case value == math.Trunc(value) && math.Abs(value) < 1<<53:
		b = strconv.AppendInt(b, int64(value), 10)
	default:
		b = strconv.AppendFloat(b, value, 'g', -1, 64)
	}
	return append(b, '\n')
}

// Counter counts what only grows.
type Counter struct{ n atomic.Uint64 }

// Add adds n.
func (c *Counter) Add(n uint64) { c.n.Add(n) }

// Inc adds one.
func (c *Counter) Inc() { c.n.Add(1) }

// Value is the count.
func (c *Counter) Value() uint64 { return c.n.Load() }

// Counters are a counter for each combination of label values.
type Counters struct{ v vector[Counter] }

// With returns the counter for label values, which callers in a hurry keep.
func (c *Counters) With(values ...string) *Counter { return c.v.with(values) }

// Counter makes a counter with labels. Its name ends with "_total". Without
// labels its only counter shows from the start.
func (r *Registry) Counter(name, help string, labels ...string) *Counters {
	c := &Counters{vector[Counter]{name: name, help: help, kind: "counter", labels: labels, append: func(b []byte, name, labels string, v *Counter) []byte {
		return appendSample(b, name, labels, float64(v.Value()))
	}}}
	if len(labels) == 0 {
		c.With()
	}
	r.add(&c.v)
	return c
}

// Gauge is a number that goes up and down.
type Gauge struct{ n atomic.Int64 }

// Add adds n, which may be negative.
func (g *Gauge) Add(n int64) { g.n.Add(n) }

// Set replaces the value.
func (g *Gauge) Set(n int64) { g.n.Store(n) }

// Value is the number.
func (g *Gauge) Value() int64 { return g.n.Load() }

// Gauges are a gauge for each combination of label values.
type Gauges struct{ v vector[Gauge] }

// With returns the gauge for label values, which callers in a hurry keep.
func (g *Gauges) With(values ...string) *Gauge { return g.v.with(values) }

// Gauge makes a gauge with labels. Without labels its only gauge shows from the
// start.
func (r *Registry) Gauge(name, help string, labels ...string) *Gauges {
	g := &Gauges{vector[Gauge]{name: name, help: help, kind: "gauge", labels: labels, append: func(b []byte, name, labels string, v *Gauge) []byte {
		return appendSample(b, name, labels, float64(v.Value()))
	}}}
	if len(labels) == 0 {
		g.With()
	}
	r.add(&g.v)
	return g
}

// Func makes a metric whose samples are asked for when they are written. kind
// is "counter" or "gauge"; emit takes label values in the order of the names.
func (r *Registry) Func(name, help, kind string, labels []string, samples func(emit func(value float64, labelValues ...string))) {
	r.add(&asked{name, help, kind, labels, samples})
}

type asked struct {
	name, help, kind string
	labels           []string
	samples          func(emit func(value float64, labelValues ...string))
}

func (a *asked) head() (string, string, string) { return a.name, a.help, a.kind }

func (a *asked) appendSamples(b []byte) []byte {
	a.samples(func(value float64, values ...string) {
		b = appendSample(b, a.name, labelText(a.labels, values), value)
	})
	return b
}
