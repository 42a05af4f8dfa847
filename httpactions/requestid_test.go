package httpactions

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

func TestPostID(t *testing.T) {
	long := strings.Repeat("a", 129)
	tests := []struct {
		name    string
		headers map[string]string
		body    string
		want    string
		err     error
	}{
		{"header", map[string]string{"X-Request-Id": "a.B_c:d-9"}, `{"requestId":"b"}`, "a.B_c:d-9", nil},
		{"the other header", map[string]string{"X-Sockethub-Request-Id": "a"}, `{}`, "a", nil},
		{"both", map[string]string{"X-Request-Id": "a", "X-Sockethub-Request-Id": "b"}, `{}`, "a", nil},
		{"a blank one hides the other header, not the body", map[string]string{"X-Request-Id": " ", "X-Sockethub-Request-Id": "b"}, `{"requestId":"c"}`, "c", nil},
		{"body", nil, `{"requestId":" c "}`, "c", nil},
		{"a number in the body is none", nil, `{"requestId":5}`, "", nil},
		{"a list has none", nil, `[{"requestId":"c"}]`, "", nil},
		{"an error in the header decides", map[string]string{"X-Request-Id": "a b"}, `{"requestId":"c"}`, "", errIDText},
		{"two headers", map[string]string{"X-Request-Id": "a\nb"}, `{"requestId":"c"}`, "", errIDText},
		{"128 characters", map[string]string{"X-Request-Id": long[1:]}, `{}`, long[1:], nil},
		{"129 characters", map[string]string{"X-Request-Id": long}, `{}`, "", errIDLength},
		{"129 with blanks around 128", map[string]string{"X-Request-Id": " " + long[1:]}, `{}`, long[1:], nil},
		{"long and wrong", nil, `{"requestId":"` + long + `ü"}`, "", errIDLength},
		{"a letter beyond ASCII", nil, `{"requestId":"ü"}`, "", errIDText},
		{"a control character inside", nil, `{"requestId":"a\u0000b"}`, "", errIDText},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			for name, value := range tt.headers {
				h[name] = strings.Split(value, "\n")
			}
			body, err := activity.Parse([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := postID(h, body); got != tt.want || err != tt.err {
				t.Errorf("got %q, %v; want %q, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

// No id is accepted that could be mistaken for anything but itself in a header,
// a path or a key of the store.
func FuzzRequestID(f *testing.F) {
	for _, seed := range []string{"r1", " a.B_c:d-9 ", "a b", "%72", "%zz", "a%2Fb", "\u00a0x", strings.Repeat("a", 128), "a\r\nb", ""} {
		f.Add(seed, "requestId="+seed, seed)
	}
	valid := regexp.MustCompile(`^[A-Za-z0-9._:-]{1,128}$`)
	f.Fuzz(func(t *testing.T, step, query, header string) {
		values, _ := url.ParseQuery(query)
		id, err := getID(step, values, http.Header{"X-Request-Id": {header}})
		if (err == nil) != valid.MatchString(id) || err != nil && id != "" {
			t.Fatalf("getID(%q, %q, %q) = %q, %v", step, query, header, id, err)
		}
		if id, err := postID(http.Header{"X-Request-Id": {header}}, nil); id != "" && !valid.MatchString(id) || id != "" && err != nil {
			t.Fatalf("postID(%q) = %q, %v", header, id, err)
		}
	})
}

func TestRandomID(t *testing.T) {
	seen := map[string]bool{}
	letters := map[rune]bool{}
	for range 1000 {
		id := randomID()
		if !regexp.MustCompile(`^[0-9A-Za-z]{16}$`).MatchString(id) || seen[id] {
			t.Fatalf("randomID() = %q, seen before: %v", id, seen[id])
		}
		seen[id] = true
		for _, r := range id {
			letters[r] = true
		}
	}
	if len(letters) != 62 {
		t.Errorf("16,000 letters were only %d different ones", len(letters))
	}
}
