package feeds

import (
	"cmp"
	"slices"
)

// sort puts the entries in the order in which clients get them: newest first,
// of one instant by title, the last letter first, and else as the feed has them.
// Entries with itunes:order come after those without, the highest first.
// Entries without a date that can be read follow in the feed's order; where no
// entry has one, it is titles that count, as in the reference server. A serial
// is told from its first season and episode on.
func (f *feed) sort() {
	compare := func(a, b *item) int { return cmp.Or(byOrder(a, b), byDate(a, b)) }
	asReference := f.serial
	switch {
	case f.serial:
		compare = bySeason
	case !f.sequence && !slices.ContainsFunc(f.items, func(i *item) bool { return i.published.value != "" }):
		compare = func(a, b *item) int { return cmp.Or(byOrder(a, b), byTitle(a, b)) }
		asReference = true
	}
	if asReference && len(f.items) <= maxInsertion {
		insertionSort(f.items, func(a, b *item) bool { return compare(a, b) < 0 })
		return
	}
	slices.SortStableFunc(f.items, func(a, b *item) int {
		order := compare(a, b)
		if order == 0 && asReference {
			order = compareUTF16(b.title.value, a.title.value)
		}
		return cmp.Or(order, a.place-b.place)
	})
}

// maxInsertion is the length of the longest list that the reference server's
// engine sorts by insertion alone.
const maxInsertion = 63

// insertionSort sorts entries that can be compared, but not always ordered: one
// without a title is behind every other, whichever is asked about first. What
// becomes of them depends on how the reference server's engine goes about it:
// it takes the run that the list begins with, and puts each further entry where
// a binary search among those before it ends.
func insertionSort(items []*item, before func(a, b *item) bool) {
	run := min(len(items), 1)
	if len(items) > 1 {
		descending := before(items[1], items[0])
		for run = 2; run < len(items) && before(items[run], items[run-1]) == descending; run++ {
		}
		if descending {
			slices.Reverse(items[:run])
		}
	}
	for ; run < len(items); run++ {
		pivot := items[run]
		low, high := 0, run
		for low < high {
			if middle := low + (high-low)/2; before(pivot, items[middle]) {
				high = middle
			} else {
				low = middle + 1
			}
		}
		copy(items[low+1:run+1], items[low:run])
		items[low] = pivot
	}
}

// byOrder puts entries with itunes:order after those without, the highest first.
func byOrder(a, b *item) int {
	m, n := 0, 0
	if a.numbers&hasOrder != 0 {
		m = a.order
	}
	if b.numbers&hasOrder != 0 {
		n = b.order
	}
	switch {
	case m == 0 && n != 0:
		return -1
	case m != 0 && n == 0:
		return 1
	}
	return cmp.Compare(n, m)
}

func byDate(a, b *item) int {
	switch {
	case a.date.ok && b.date.ok:
		return cmp.Or(cmp.Compare(b.date.ms, a.date.ms), compareUTF16(b.title.value, a.title.value))
	case a.date.ok:
		return -1
	case b.date.ok:
		return 1
	}
	return 0
}

// byTitle puts the last letter first; a missing title cannot be compared.
func byTitle(a, b *item) int {
	if a.title.value == "" || b.title.value == "" {
		return 0
	}
	return compareUTF16(b.title.value, a.title.value)
}

// bySeason is the order of a serial: by season and episode, the first one in
// front; without these the oldest one.
func bySeason(a, b *item) int {
	if a.numbers&b.numbers&hasSeason != 0 {
		switch {
		case a.season != b.season:
			return cmp.Compare(a.season, b.season)
		case a.numbers&b.numbers&hasEpisode != 0:
			// Of two that are the same the later one goes first, as ever.
			return cmp.Or(cmp.Compare(a.episode, b.episode), -1)
		}
	}
	switch {
	case a.date.ok && b.date.ok:
		return cmp.Or(cmp.Compare(a.date.ms, b.date.ms), byTitle(a, b))
	case a.date.ok:
		return -1
	case b.date.ok:
		return 1
	}
	return byTitle(a, b)
}
