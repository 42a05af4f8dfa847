package telemetry

import (
	"math"
	"slices"
	"strconv"
	"sync/atomic"
)

// Histogram counts values by their size. The sum and the counts are read one
// after another: a scrape during an Observe may miss it in one of them, never
// for good.
type Histogram struct {
	limits []float64       // of the buckets, rising
	counts []atomic.Uint64 // one more, for what is beyond the last limit
	sum    atomic.Uint64   // bits of a float64
}

// Observe counts a value.
func (h *Histogram) Observe(value float64) {
	i, _ := slices.BinarySearch(h.limits, value) // a bucket holds its limit as well
	h.counts[i].Add(1)
	for {
		old := h.sum.Load()
		if h.sum.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+value)) {
			return
		}
	}
}

// total is how many values were counted, and their sum.
func (h *Histogram) total() (n uint64, sum float64) {
	for i := range h.counts {
		n += h.counts[i].Load()
	}
	return n, math.Float64frombits(h.sum.Load())
}

// Histograms are a histogram for each combination of label values.
type Histograms struct{ v vector[Histogram] }

// With returns the histogram for label values, which callers in a hurry keep.
func (h *Histograms) With(values ...string) *Histogram { return h.v.with(values) }

func (h *Histograms) each(f func(*Histogram)) {
	for _, c := range h.v.all() {
		f(&c.value)
	}
}

// Seconds are limits for what clients wait for.
var Seconds = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60}

// Histogram makes a histogram with labels; limits are those of its buckets, in
// rising order and without infinity. Without labels its only histogram shows
// from the start.
func (r *Registry) Histogram(name, help string, limits []float64, labels ...string) *Histograms {
	h := &Histograms{vector[Histogram]{
		name: name, help: help, kind: "histogram", labels: labels,
		start: func(v *Histogram) {
			v.limits = limits
			v.counts = make([]atomic.Uint64, len(limits)+1)
		},
		append: appendHistogram,
	}}
	if len(labels) == 0 {
		h.With()
	}
	r.add(&h.v)
	return h
}

func appendHistogram(b []byte, name, labels string, h *Histogram) []byte {
	prefix := labels
	if prefix != "" {
		prefix += ","
	}
	var total uint64
	for i := range h.counts {
		limit := "+Inf"
		if i < len(h.limits) {
			limit = strconv.FormatFloat(h.limits[i], 'g', -1, 64)
		}
		total += h.counts[i].Load()
		b = appendSample(b, name+"_bucket", prefix+`le="`+limit+`"`, float64(total))
	}
	b = appendSample(b, name+"_sum", labels, math.Float64frombits(h.sum.Load()))
	return appendSample(b, name+"_count", labels, float64(total))
}
