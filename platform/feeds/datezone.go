package feeds

import (
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // for machines that have no zones of their own
)

// ianaZone reads the name of a time zone ("America/Los_Angeles") at pos, and
// returns its length; 0 if there is none, no zone if nobody knows it.
func ianaZone(original, lower string, pos int) (zone *time.Location, length int) {
	if len(original) != len(lower) { // a letter whose lower case has another length
		return nil, 0
	}
	area, _, ok := strings.Cut(lower[pos:], "/")
	switch area {
	case "africa", "america", "antarctica", "arctic", "asia", "atlantic", "australia", "brazil", "canada", "chile", "etc",
		"europe", "indian", "mexico", "pacific", "us":
	default:
		ok = false
	}
	if !ok {
		return nil, 0
	}
	end := pos
	for end < len(lower) && (isAlphanumeric(lower[end]) || strings.IndexByte("/_+-", lower[end]) >= 0) {
		end++
	}
	return loadZone(original[pos:end]), end - pos
}

// zones are the time zones that were asked for; loading one takes longer than
// reading a hundred dates. There are no more than the tz database has.
var zones sync.Map // string → *time.Location

func loadZone(name string) *time.Location {
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	zones.Store(name, zone)
	return zone
}
