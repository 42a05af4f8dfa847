package webfetch

import (
	"net/http"
	"testing"
	"time"
)

func TestMaxAge(t *testing.T) {
	tests := []struct {
		control        []string
		age            time.Duration
		given, noStore bool
	}{
		{nil, 0, false, false},
		{[]string{"max-age=300"}, 5 * time.Minute, true, false},
		{[]string{`public, Max-Age="600"`}, 10 * time.Minute, true, false},
		{[]string{"max-age=0"}, 0, true, false},
		{[]string{"max-age=x, s-maxage=5"}, 0, false, false},
		{[]string{"max-age=-1"}, 0, false, false},
		{[]string{"No-Store"}, 0, false, true},
		{[]string{"public", "max-age=60,no-store"}, time.Minute, true, true},
	}
	for _, tt := range tests {
		age, given, noStore := MaxAge(http.Header{"Cache-Control": tt.control})
		if age != tt.age || given != tt.given || noStore != tt.noStore {
			t.Errorf("%q: %v, %v, %v", tt.control, age, given, noStore)
		}
	}
}
