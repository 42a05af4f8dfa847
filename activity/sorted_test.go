package activity

import "testing"

func TestAppendSorted(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"order of members", `{"b":1,"a":{"d":[{"z":1,"y":"é"}],"c":null}}`, `{"a":{"c":null,"d":[{"y":"é","z":1}]},"b":1}`},
		{"lists keep theirs", `[3,1,2]`, `[3,1,2]`},
		{"names that are numbers", `{"10":1,"9":2,"a":3}`, `{"10":1,"9":2,"a":3}`},
		{"escapes in names", `{"\"b":1,"\"a":2}`, `{"\"a":2,"\"b":1}`},
		{"empty", `{}`, `{}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := Parse([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(AppendSorted(nil, v)); got != tt.want {
				t.Errorf("AppendSorted(%s) = %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}
