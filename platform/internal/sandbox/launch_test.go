package sandbox

import (
	"fmt"
	"testing"
)

func TestProcessors(t *testing.T) {
	tests := []struct {
		persist       bool
		servers, want int
	}{
		{true, 1, 1}, {true, 8, 1},
		{false, 1, 1}, {false, 2, 1}, {false, 3, 1}, {false, 8, 4},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.persist, tt.servers), func(t *testing.T) {
			if got := (Launch{Persist: tt.persist}).processors(tt.servers); got != tt.want {
				t.Errorf("got %d processors, want %d", got, tt.want)
			}
		})
	}
}
