package recur

import (
	_ "embed"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a worker that is shut in sees no files
	"unicode"
)

// windowsZones has the names that Windows gives to time zones, each with that of
// the tz database: the rows of CLDR's windowsZones (version 48) for the whole
// world.
//
//go:embed windows.txt
var windowsZones string

var windowsNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for line := range strings.Lines(windowsZones) {
		name, zone, _ := strings.Cut(strings.TrimSpace(line), "\t")
		names[strings.ToLower(name)] = zone
	}
	return names
})

// VTimeZone is a VTIMEZONE component, with its values as they are written.
type VTimeZone struct {
	TZID        string
	Location    string // X-LIC-LOCATION
	Observances []Observance
}

// Observance is STANDARD or DAYLIGHT in it.
type Observance struct {
	Start, OffsetFrom, OffsetTo, Name string   // DTSTART, TZOFFSETFROM, TZOFFSETTO, TZNAME
	Rules, Dates                      []string // each RRULE, and each RDATE
}

// Zones resolves the names of time zones in one resource. The zero value knows no
// VTIMEZONE. One goroutine uses it at a time.
type Zones struct {
	written map[string]VTimeZone
	made    map[string]*time.Location // of these, nil for one that cannot be
}

// NewZones returns the zones of a resource. Of several of one name the first
// counts.
func NewZones(list ...VTimeZone) *Zones {
	z := &Zones{}
	if len(list) > 0 {
		z.written, z.made = map[string]VTimeZone{}, map[string]*time.Location{}
	}
	for _, v := range list {
		name := plainName(v.TZID)
		if _, twice := z.written[name]; !twice {
			z.written[name] = v
		}
	}
	return z
}

// Location returns the zone of a TZID, nil if nobody knows it: the one of that
// name in the tz database, also behind a prefix or as Windows calls it, else what
// X-LIC-LOCATION says, else what its VTIMEZONE describes. The database goes
// first, as many a VTIMEZONE is old or cut short.
func (z *Zones) Location(tzid string) *time.Location {
	name := plainName(tzid)
	if zone := known(name); zone != nil {
		return zone
	}
	if z == nil {
		return nil
	}
	v, ok := z.written[name]
	if !ok {
		return nil
	}
	zone, ok := z.made[name]
	if !ok {
		if zone = known(plainName(v.Location)); zone == nil {
			zone = v.location()
		}
		z.made[name] = zone
	}
	return zone
}

// plainName is a name without what programs put around it.
func plainName(tzid string) string { return strings.Trim(strings.TrimSpace(tzid), `"' `) }

// maxName is the length of the longest name that is looked up.
const maxName = 256

// known is the zone of a name that needs no VTIMEZONE.
func known(name string) *time.Location {
	if name == "" || len(name) > maxName {
		return nil
	}
	if zone := ofDatabase(name); zone != nil {
		return zone
	}
	// "/mozilla.org/20050126_1/Europe/Berlin", "tzone://Microsoft/Utc"
	for rest := name; ; {
		_, after, ok := strings.Cut(rest, "/")
		if !ok {
			break
		}
		if rest = after; strings.Contains(rest, "/") || len(rest) > 2 && strings.HasPrefix(name, "tzone:") {
			if zone := ofDatabase(rest); zone != nil {
				return zone
			}
		}
	}
	return ofWindows(name)
}

// loaded are the zones that were asked for, by the database's names; it has some
// hundred of them. Loading one takes longer than expanding an event.
var loaded sync.Map // string → *time.Location

// ofDatabase is the zone of a name in the tz database, in any case.
func ofDatabase(name string) *time.Location {
	switch strings.ToLower(name) {
	case "", "local":
		return nil
	case "z", "utc", "gmt", "etc/utc", "etc/gmt":
		return time.UTC
	}
	if strings.ContainsAny(name, ".\\ ,()") {
		return nil // no name in the database, but perhaps a file
	}
	for _, spelling := range []string{name, titled(name), strings.ToUpper(name)} {
		if zone, ok := loaded.Load(spelling); ok {
			return zone.(*time.Location)
		}
		if zone, err := time.LoadLocation(spelling); err == nil {
			loaded.Store(spelling, zone)
			return zone
		}
	}
	return nil
}

// titled spells a name as the database does with most: "America/Port_of_Spain".
func titled(name string) string {
	b := []rune(strings.ToLower(name))
	begin := 0
	for i := 0; i <= len(b); i++ {
		if i < len(b) && b[i] != '/' && b[i] != '_' && b[i] != '-' {
			continue
		}
		if word := string(b[begin:i]); i > begin && word != "of" && word != "au" && word != "es" {
			b[begin] = unicode.ToUpper(b[begin])
		}
		begin = i + 1
	}
	return string(b)
}

// ofWindows is the zone of one of the names that Microsoft's programs write:
//
//	W. Europe Standard Time     GMT Standard Time 1     Central Europe
//	(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna
func ofWindows(name string) *time.Location {
	name = strings.ToLower(strings.Join(strings.Fields(name), " "))
	if rest, ok := strings.CutPrefix(name, "("); ok {
		offset, places, _ := strings.Cut(rest, ")")
		return ofPlaces(offset, strings.TrimSpace(places))
	}
	if zone := ofDatabase(windowsNames()[name]); zone != nil {
		return zone
	}
	if i := strings.LastIndexByte(name, ' '); i > 0 && strings.Trim(name[i+1:], "0123456789") == "" {
		name = name[:i] // a copy
	}
	for _, old := range []string{" daylight time", " summer time"} {
		name = strings.Replace(name, old, " standard time", 1)
	}
	for _, spelling := range []string{name, name + " standard time", name + "an standard time",
		strings.TrimSuffix(name, " time") + " standard time"} {
		if zone := windowsNames()[spelling]; zone != "" {
			return ofDatabase(zone)
		}
	}
	return nil
}

// ofPlaces is the zone of a name for people, in lower case. "Eastern Time (US &
// Canada)" is a name without its "Standard"; otherwise the first city counts that
// the database knows with that offset.
func ofPlaces(offset, places string) *time.Location {
	if i := strings.Index(places, " time"); i > 0 {
		if zone := ofDatabase(windowsNames()[places[:i]+" standard time"]); zone != nil {
			return zone
		}
	}
	if places == "coordinated universal time" {
		return time.UTC
	}
	seconds, ok := parseOffset(strings.TrimLeft(offset, "utcgm "))
	for place := range strings.SplitSeq(places, ",") {
		place = strings.ReplaceAll(strings.TrimSpace(place), " ", "_")
		if place == "" || !ok {
			continue
		}
		for _, area := range []string{"europe", "america", "asia", "africa", "australia", "pacific", "atlantic", "indian"} {
			zone := ofDatabase(area + "/" + place)
			if zone == nil {
				continue
			}
			for _, month := range []time.Month{time.January, time.July} {
				if offsetAt(time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC).Unix(), zone) == seconds {
					return zone
				}
			}
		}
	}
	return nil
}

// parseOffset reads "+0100", "+01:00", "-003015", and "" as nothing.
func parseOffset(text string) (seconds int64, ok bool) {
	text = strings.ReplaceAll(strings.TrimSpace(text), ":", "")
	if text == "" {
		return 0, true
	}
	sign := int64(1)
	switch text[0] {
	case '-':
		sign = -1
	case '+':
	default:
		return 0, false
	}
	digits := text[1:]
	if len(digits) != 4 && len(digits) != 6 || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	unit := int64(3600)
	for i := 0; i < len(digits); i += 2 {
		n := int64(digits[i]-'0')*10 + int64(digits[i+1]-'0')
		if i > 0 && n > 59 {
			return 0, false
		}
		seconds += n * unit
		unit /= 60
	}
	return sign * seconds, seconds < secondsOfDay
}
