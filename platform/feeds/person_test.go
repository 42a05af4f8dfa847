package feeds

import "testing"

func TestPersonName(t *testing.T) {
	for in, want := range map[string]string{
		"Kim Ode":                        "Kim Ode",
		"kim@reed.example (Kim Ode)":     "Kim Ode",
		"Kim Ode (kim@reed.example)":     "Kim Ode",
		"Kim Ode <kim@reed.example>":     "Kim Ode",
		`"Kim Ode" <kim@reed.example>`:   "Kim Ode",
		"<kim@reed.example> Kim Ode":     "Kim Ode",
		"Kim Ode, kim@reed.example":      "Kim Ode",
		"kim@reed.example, Kim Ode":      "Kim Ode",
		"kim@reed.example - Kim Ode":     "Kim Ode",
		"mailto:kim@reed.example (Kim)":  "Kim",
		"kim@reed.example (Kim (Ode))":   "Kim (Ode)",
		"kim@reed.example":               "kim@reed.example",
		"kim@reed.example ()":            "kim@reed.example ()",
		"a@reed.example, b@reed.example": "a@reed.example, b@reed.example",
		"Kim (@kim)":                     "Kim (@kim)",
		"@kim":                           "@kim",
		"Kim @ Reed":                     "Kim @ Reed",
		"":                               "",
	} {
		if got := personName(in); got != want {
			t.Errorf("personName(%q) = %q, want %q", in, got, want)
		}
	}
}
