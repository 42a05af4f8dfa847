package webfetch

import (
	"reflect"
	"strings"
	"testing"
)

func TestSet(t *testing.T) {
	var o Options
	for name, value := range map[string]any{
		"allowPrivateAddresses": true, "userAgent": "own/1", "allowedPorts": []any{80.0, 443.0}, "refuseDowngrade": true, "concurrency": 3.0,
	} {
		if known, ok := o.Set(name, value); !known || !ok {
			t.Errorf("%s: known %v, ok %v", name, known, ok)
		}
	}
	if want := (Options{AllowPrivate: true, UserAgent: "own/1", Ports: []int{80, 443}, RefuseDowngrade: true}); !reflect.DeepEqual(o, want) {
		t.Errorf("%+v, want %+v", o, want)
	}
	for name, values := range map[string][]any{
		"allowPrivateAddresses": {1.0, "true", nil}, "userAgent": {"a\nb", 1.0, strings.Repeat("a", 257)},
		"allowedPorts": {80.0, []any{0.0}, []any{1.5}, []any{65536.0}, []any{443.0, 25.0}, []any{"80"}, nil}, "refuseDowngrade": {"yes"}, "concurrency": {0.0, 1.5, "1"},
	} {
		for _, value := range values {
			if known, ok := o.Set(name, value); !known || ok {
				t.Errorf("%s: %v is accepted", name, value)
			}
		}
	}
	if known, _ := o.Set("other", true); known {
		t.Error("any name is known")
	}
}
