package recur

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"time"
)

// Limits of a VTIMEZONE.
const (
	maxObservances = 200
	maxOnsets      = 2000 // of one observance: 1,000 years of a yearly rule
	lastOnsetYear  = 2500
)

// onset is when an observance begins.
type onset struct {
	at       int64 // instant
	from, to int64 // offsets before and after
	name     string
}

// location makes a zone of a VTIMEZONE (RFC 5545, section 3.6.5): a table of all
// changes, in the format that package time reads. It is nil for one that makes no
// sense.
func (v VTimeZone) location() *time.Location {
	if len(v.Observances) > maxObservances {
		return nil
	}
	var onsets []onset
	for _, o := range v.Observances {
		list, ok := o.onsets()
		if !ok {
			return nil
		}
		onsets = append(onsets, list...)
	}
	if len(onsets) == 0 {
		return nil
	}
	slices.SortStableFunc(onsets, func(a, b onset) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	zone, err := time.LoadLocationFromTZData(v.TZID, tzif(onsets))
	if err != nil {
		return nil
	}
	return zone
}

// onsets are all times at which an observance begins: DTSTART, and what RRULE and
// RDATE give, on clocks that still show the offset before.
func (o Observance) onsets() (list []onset, ok bool) {
	from, okFrom := parseOffset(o.OffsetFrom)
	to, okTo := parseOffset(o.OffsetTo)
	start, err := parseWritten(o.Start)
	if !okFrom || !okTo || err != nil || o.OffsetFrom == "" || o.OffsetTo == "" {
		return nil, false
	}
	add := func(at int64) { list = append(list, onset{at, from, to, strings.TrimSpace(o.Name)}) }
	instant := func(w written) int64 {
		if w.utc {
			return w.wall
		}
		return w.wall - from
	}
	add(instant(start))
	for _, dates := range o.Dates {
		for value := range strings.SplitSeq(dates, ",") {
			w, err := parseWritten(value)
			if err != nil || len(list) >= maxOnsets {
				return nil, false
			}
			add(instant(w))
		}
	}
	steps := maxSteps
	for _, text := range o.Rules {
		rule, err := ParseRule(text)
		if err != nil {
			return nil, false
		}
		rule.walk(start.wall, true, true, start.wall, dayNumber(lastOnsetYear, 1, 1)*secondsOfDay, &steps, func(wall int64) bool {
			if rule.until.kind == untilInstant && wall-from > rule.until.wall {
				return false
			}
			if wall != start.wall {
				add(wall - from)
			}
			return len(list) < maxOnsets
		})
	}
	return list, true
}

// tzif writes a table of changes as a TZif file (RFC 9636) of version 2, of which
// the part for 32 bits is empty.
func tzif(onsets []onset) []byte {
	type kind struct {
		offset int64
		name   string
	}
	// The first kind is what was before all changes, and no change leads to it.
	kinds := []kind{{onsets[0].from, "LMT"}}
	var times []byte
	var indexes []byte
	for _, o := range onsets {
		k := kind{o.to, shortName(o.name)}
		at := slices.Index(kinds[1:], k) + 1
		if at == 0 {
			at = len(kinds)
			if at > math.MaxUint8 {
				continue
			}
			kinds = append(kinds, k)
		}
		times = binary.BigEndian.AppendUint64(times, uint64(o.at))
		indexes = append(indexes, byte(at))
	}
	var types, names []byte
	for _, k := range kinds {
		types = binary.BigEndian.AppendUint32(types, uint32(int32(k.offset)))
		place := min(len(names), math.MaxUint8)
		types = append(types, 0, byte(place))
		if place == len(names) {
			names = append(append(names, k.name...), 0)
		}
	}
	header := func(counts ...int) []byte {
		b := append([]byte("TZif2"), make([]byte, 15)...)
		for _, n := range counts { // UT, standard, leap seconds, times, types, letters
			b = binary.BigEndian.AppendUint32(b, uint32(n))
		}
		return b
	}
	out := header(0, 0, 0, 0, 1, 1)
	out = append(out, 0, 0, 0, 0, 0, 0, 0) // one type and its empty name
	out = append(out, header(0, 0, 0, len(indexes), len(kinds), len(names))...)
	out = append(append(append(append(out, times...), indexes...), types...), names...)
	return append(out, "\n\n"...)
}

// shortName is a name that is not too long for the table.
func shortName(name string) string { return name[:min(len(name), 8)] }
