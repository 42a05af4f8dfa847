package ratelimit

import (
	"testing"
	"time"
)

func TestFuse(t *testing.T) {
	limit := Limit{Max: 3, Window: time.Second, Block: 5 * time.Second}
	type event struct {
		at   time.Duration // since the first
		want Verdict
	}
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	tests := []struct {
		name   string
		limit  Limit
		events []event
	}{
		{"as many as are allowed, in each window", limit, []event{{0, Allow}, {ms(1), Allow}, {ms(999), Allow}, {ms(1000), Allow}, {ms(1001), Allow}, {ms(1002), Allow}}},
		{"one more trips, once", limit, []event{{0, Allow}, {0, Allow}, {0, Allow}, {ms(999), Trip}, {ms(1000), Drop}, {ms(5000), Drop}}},
		{"the block is not made longer, and afterwards all is new", limit,
			[]event{{0, Allow}, {0, Allow}, {0, Allow}, {0, Trip}, {ms(4999), Drop}, {ms(5000), Allow}, {ms(5001), Allow}, {ms(5002), Allow}, {ms(5003), Trip}}},
		{"the window begins with the first event, not at a full second", limit, []event{{ms(700), Allow}, {ms(800), Allow}, {ms(900), Allow}, {ms(1650), Trip}}},
		{"no limit", Limit{}, []event{{0, Allow}, {0, Allow}, {0, Allow}, {0, Allow}, {0, Allow}}},
		{"a long block holds", Limit{Max: 1, Window: time.Second, Block: 10 * time.Minute},
			[]event{{0, Allow}, {0, Trip}, {61 * time.Second, Drop}, {5 * time.Minute, Drop}, {10*time.Minute - 1, Drop}, {10 * time.Minute, Allow}}},
		{"a long window holds", Limit{Max: 2, Window: 10 * time.Minute, Block: time.Second},
			[]event{{0, Allow}, {2 * time.Minute, Allow}, {9 * time.Minute, Trip}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f Fuse
			start := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
			for i, e := range tt.events {
				if got := f.Event(tt.limit, start.Add(e.at)); got != e.want {
					t.Fatalf("event %d, after %v: %v, want %v", i, e.at, got, e.want)
				}
			}
		})
	}
}

func BenchmarkFuse(b *testing.B) {
	var f Fuse
	limit := Limit{Max: 100, Window: time.Second, Block: time.Second}
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		f.Event(limit, now)
	}
}
