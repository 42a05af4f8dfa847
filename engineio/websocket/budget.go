package websocket

import "sync/atomic"

// Budget bounds the bytes that several connections have waiting for their peers,
// as those of one address. Others may count in it what they hold for the same.
type Budget struct {
	max  int64
	used atomic.Int64
}

// NewBudget returns one of max bytes.
func NewBudget(max int64) *Budget { return &Budget{max: max} }

// Hold counts n bytes as long as no more than most of the budget are held with
// them, and reports whether it did.
func (b *Budget) Hold(n, most int64) bool {
	if b.used.Add(n) <= most {
		return true
	}
	b.used.Add(-n)
	return false
}

// Add counts n bytes, or takes -n back, and reports whether the budget is kept.
func (b *Budget) Add(n int64) bool { return b == nil || b.used.Add(n) <= b.max }

// Used is what is counted.
func (b *Budget) Used() int64 { return b.used.Load() }
