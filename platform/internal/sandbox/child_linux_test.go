package sandbox

import "testing"

func TestStatm(t *testing.T) {
	tests := []struct {
		in   string
		want int64
	}{{"5000 1234 900 1 0 300 0\n", 1234}, {"", 0}, {"5000", 0}, {"a b", 0}}
	for _, tt := range tests {
		if got := statmResident([]byte(tt.in)); got != tt.want {
			t.Errorf("statmResident(%q) = %d, want %d", tt.in, got, tt.want)
		}
	}
}
