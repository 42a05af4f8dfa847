// Package recur finds the occurrences of events and tasks (RFC 5545, sections
// 3.3.10 and 3.8.5): of rules, of dates that are added or left out, of single
// ones that were changed, in time zones that may be known or only described.
//
//	DTSTART;TZID=Europe/Berlin:20260328T023000     2026-03-28T02:30:00+01:00  …T03:00:00+01:00
//	DTEND;TZID=Europe/Berlin:20260328T030000       2026-03-29T03:30:00+02:00  …T04:00:00+02:00
//	RRULE:FREQ=DAILY;COUNT=4                ────►  2026-03-31T09:00:00+02:00  …T09:30:00+02:00
//	EXDATE;TZID=Europe/Berlin:20260330T023000        ID 2026-03-31T02:30:00+02:00, Override 0
//
//	RECURRENCE-ID;TZID=Europe/Berlin:20260331T023000
//	DTSTART;TZID=Europe/Berlin:20260331T090000
//	DTEND;TZID=Europe/Berlin:20260331T093000
//
// [New] reads the lines of a series, as [Property] values, with the [Zones] of the
// resource; [Set.Between] finds what lies in a window, [Set.Has] whether a time is
// one that an override can be made for. [ParseRule] alone checks a rule. A Set
// does not change and may be used by several goroutines; Zones may not.
//
// # Where the standard is silent, or nobody follows it
//
// A time that clocks leap over is read with the offset before (02:30 is 03:30), one
// that they show twice is the first. DTSTART is always the first occurrence, and
// counts, also if the rule does not give it. UNTIL and EXDATE may be dates, instants
// or local times, whatever DTSTART is. A number in BYDAY means nothing where
// weeks and days repeat. Rules in overrides are passed over. An override whose time no rule
// gives is told all the same.
//
// # Limits
//
// A window gives [MaxOccurrences] at most, and a search ends after 500,000 steps,
// less than 50 ms. What lies before the window costs nothing unless COUNT has to be
// counted: a rule by the second from 1990 is as quick in 2026 as one from today.
//
// Read set.go first (what there is), then between.go (what is wanted), walk.go and days.go
// (one rule), and zone.go.
package recur
