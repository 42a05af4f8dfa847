package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func compile(t testing.TB, text string) *Schema {
	t.Helper()
	s, err := Compile([]byte(text))
	if err != nil {
		t.Fatalf("Compile(%s): %v", text, err)
	}
	return s
}

func decodeJSON(t testing.TB, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// Each message and path that a keyword can lead to.
func TestErrors(t *testing.T) {
	tests := []struct{ schema, value, want string }{
		{`false`, `1`, ` | #/false schema | boolean schema is false`},
		{`{"type":"string"}`, `1`, ` | #/type | must be string`},
		{`{"type":["string","null"]}`, `1`, ` | #/type | must be string,null`},
		{`{"type":"integer"}`, `1.5`, ` | #/type | must be integer`},
		{`{"const":{"a":[1]}}`, `{"a":[2]}`, ` | #/const | must be equal to constant`},
		{`{"enum":["a",1]}`, `"b"`, ` | #/enum | must be equal to one of the allowed values`},
		{`{"not":{}}`, `1`, ` | #/not | must NOT be valid`},
		{`{"anyOf":[{"type":"string"},{"minimum":2}]}`, `1`,
			` | #/anyOf/0/type | must be string; | #/anyOf/1/minimum | must be >= 2; | #/anyOf | must match a schema in anyOf`},
		{`{"oneOf":[{"type":"number"},{"minimum":0}]}`, `1`, ` | #/oneOf | must match exactly one schema in oneOf`},
		{`{"oneOf":[{"type":"string"},{"minimum":2}]}`, `1`,
			` | #/oneOf/0/type | must be string; | #/oneOf/1/minimum | must be >= 2; | #/oneOf | must match exactly one schema in oneOf`},
		{`{"allOf":[{"minimum":2},{"maximum":0}]}`, `1`, ` | #/allOf/0/minimum | must be >= 2; | #/allOf/1/maximum | must be <= 0`},
		{`{"if":{"minimum":0},"then":{"maximum":0}}`, `1`, ` | #/then/maximum | must be <= 0; | #/if | must match "then" schema`},
		{`{"if":{"minimum":2},"else":false}`, `1`, ` | #/else/false schema | boolean schema is false; | #/if | must match "else" schema`},
		{`{"exclusiveMaximum":1}`, `1`, ` | #/exclusiveMaximum | must be < 1`},
		{`{"exclusiveMinimum":1.5e-7}`, `0`, ` | #/exclusiveMinimum | must be > 1.5e-7`},
		{`{"multipleOf":0.5}`, `0.7`, ` | #/multipleOf | must be multiple of 0.5`},
		{`{"maxLength":1}`, `"🫖🫖"`, ` | #/maxLength | must NOT have more than 1 characters`},
		{`{"minLength":2}`, `"🫖"`, ` | #/minLength | must NOT have fewer than 2 characters`},
		{`{"pattern":"^a\\d$"}`, `"b"`, ` | #/pattern | must match pattern "^a\d$"`},
		{`{"format":"ipv4"}`, `"1.2.3"`, ` | #/format | must match format "ipv4"`},
		{`{"maxItems":1}`, `[1,2]`, ` | #/maxItems | must NOT have more than 1 items`},
		{`{"minItems":1}`, `[]`, ` | #/minItems | must NOT have fewer than 1 items`},
		{`{"items":[{}],"additionalItems":false}`, `[1,2,3]`, ` | #/additionalItems | must NOT have more than 1 items`},
		{`{"items":[{"type":"null"}],"additionalItems":{"type":"string"}}`, `[1,2,"a"]`,
			`/1 | #/additionalItems/type | must be string;/0 | #/items/0/type | must be null`},
		{`{"items":{"type":"string"}}`, `["a",1,2]`, `/1 | #/items/type | must be string;/2 | #/items/type | must be string`},
		{`{"contains":{"const":1}}`, `[2]`, `/0 | #/contains/const | must be equal to constant; | #/contains | must contain at least 1 valid item(s)`},
		{`{"uniqueItems":true}`, `[1,2,1,1]`, ` | #/uniqueItems | must NOT have duplicate items (items ## 2 and 3 are identical)`},
		{`{"uniqueItems":true,"items":{"type":"integer"}}`, `[1,2,1,1]`, ` | #/uniqueItems | must NOT have duplicate items (items ## 3 and 2 are identical)`},
		{`{"uniqueItems":true}`, `[{"a":1,"b":2},{"b":2,"a":1}]`, ` | #/uniqueItems | must NOT have duplicate items (items ## 0 and 1 are identical)`},
		{`{"maxProperties":0}`, `{"a":1}`, ` | #/maxProperties | must NOT have more than 0 properties`},
		{`{"minProperties":1}`, `{}`, ` | #/minProperties | must NOT have fewer than 1 properties`},
		{`{"required":["a","b","c"]}`, `{"b":1}`, ` | #/required | must have required property 'a'; | #/required | must have required property 'c'`},
		{`{"propertyNames":{"maxLength":1}}`, `{"ab":1}`,
			` | #/propertyNames/maxLength | must NOT have more than 1 characters; | #/propertyNames | property name must be valid`},
		{`{"additionalProperties":false,"properties":{"a":{}},"patternProperties":{"^x":{}}}`, `{"a":1,"b":1,"xy":1}`,
			` | #/additionalProperties | must NOT have additional properties`},
		{`{"additionalProperties":{"type":"null"}}`, `{"a/b~":1}`, `/a~1b~0 | #/additionalProperties/type | must be null`},
		{`{"dependencies":{"a":["b","c"]}}`, `{"a":1,"b":1}`, ` | #/dependencies | must have properties b, c when property a is present`},
		{`{"dependencies":{"a":["b"]}}`, `{"a":1}`, ` | #/dependencies | must have property b when property a is present`},
		{`{"dependencies":{"a":{"required":["b"]}}}`, `{"a":1}`, ` | #/dependencies/a/required | must have required property 'b'`},
		{`{"properties":{"a b%":{"type":"null"}}}`, `{"a b%":1}`, `/a b% | #/properties/a%20b%25/type | must be null`},
		{`{"patternProperties":{"^a":{"type":"null"}}}`, `{"ab":1}`, `/ab | #/patternProperties/%5Ea/type | must be null`},
		{`{"definitions":{"d":{"type":"null"}},"$id":"http://x/","properties":{"a":{"$ref":"#/definitions/d"}}}`, `{"a":1}`,
			`/a | #/definitions/d/type | must be null`},
		// The type's error takes the place of the one group that is about it.
		{`{"type":"object","required":["a"],"enum":[1]}`, `"x"`, ` | #/enum | must be equal to one of the allowed values; | #/type | must be object`},
		{`{"type":"object","enum":[1]}`, `"x"`, ` | #/type | must be object; | #/enum | must be equal to one of the allowed values`},
		// The members of a map are taken in the order of their names.
		{`{"additionalProperties":{"type":"null"}}`, `{"c":1,"a":1,"b":1}`,
			`/a | #/additionalProperties/type | must be null;/b | #/additionalProperties/type | must be null;/c | #/additionalProperties/type | must be null`},
	}
	for _, tt := range tests {
		t.Run(tt.schema+" "+tt.value, func(t *testing.T) {
			s, v := compile(t, tt.schema), decodeJSON(t, tt.value)
			var list []string
			for _, e := range s.Validate(v) {
				if !strings.HasSuffix(e.SchemaPath, "/"+e.Keyword) {
					t.Errorf("schema path %s does not end in the keyword %s", e.SchemaPath, e.Keyword)
				}
				list = append(list, e.InstancePath+" | "+e.SchemaPath+" | "+e.Message)
			}
			if got := strings.Join(list, ";"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if s.Valid(v) {
				t.Error("Valid reports true")
			}
		})
	}
}

func TestErrorDetails(t *testing.T) {
	s := compile(t, `{"required":["a"],"additionalProperties":false,"properties":{"b":{"enum":[1,"x"]}}}`)
	got := s.Validate(decodeJSON(t, `{"b":2,"c":3}`))
	if len(got) != 3 || got[0].Property != "a" || got[1].Property != "c" || !reflect.DeepEqual(got[2].Allowed, []any{1.0, "x"}) {
		t.Errorf("got %+v", got)
	}
	if text := got[2].Error() + ", " + got[0].Error(); text != "/b must be equal to one of the allowed values, must have required property 'a'" {
		t.Errorf("texts %q", text)
	}
}

func TestCompileRefuses(t *testing.T) {
	tests := []struct{ name, schema, want string }{
		{"nothing", ``, "schema: unexpected EOF"},
		{"half a text", `{"a"`, "schema: unexpected EOF"},
		{"two texts", `{} {}`, "schema: unexpected text after the schema"},
		{"a number", `1`, "schema: #: a schema must be an object or a boolean"},
		{"a number inside", `{"properties":{"a":1}}`, "schema: #/properties/a: a schema must be an object or a boolean"},
		{"type", `{"type":"text"}`, "schema: #: type must be one of array, boolean, integer, null, number, object, string, or a list of these"},
		{"no type", `{"type":[]}`, "schema: #: type must name at least one type"},
		{"maximum", `{"maximum":"1"}`, "schema: #: maximum must be a number"},
		{"multipleOf", `{"multipleOf":0}`, "schema: #: multipleOf must be greater than 0"},
		{"maxLength", `{"maxLength":-1}`, "schema: #: maxLength must be a whole number from 0 to 2147483647"},
		{"minItems", `{"minItems":1.5}`, "schema: #: minItems must be a whole number from 0 to 2147483647"},
		{"required", `{"required":[1]}`, "schema: #: required must be a list of names"},
		{"properties", `{"properties":[]}`, "schema: #: properties must be an object"},
		{"enum", `{"enum":1}`, "schema: #: enum must be a list"},
		{"oneOf", `{"oneOf":[]}`, "schema: #: oneOf must have at least one schema"},
		{"uniqueItems", `{"uniqueItems":1}`, "schema: #: uniqueItems must be a boolean"},
		{"definition", `{"definitions":{"a":{"type":1}}}`,
			"schema: #/definitions/a: type must be one of array, boolean, integer, null, number, object, string, or a list of these"},
		{"$id", `{"$id":1}`, "schema: #: $id must be a string"},
		{"$ref", `{"$ref":1}`, "schema: #: $ref must be a string"},
		{"place that is not there", `{"$ref":"#/definitions/a"}`, `schema: #: $ref "#/definitions/a": the document has no #/definitions/a`},
		{"another document", `{"items":{"$ref":"http://x.test/y"}}`, `schema: #/items: $ref "http://x.test/y": ` + errOutside.Error()},
		{"itself", `{"$ref":"#"}`, "schema: #: refers to itself for the same value"},
		{"itself on a detour", `{"allOf":[{"$ref":"#/definitions/a"}],"definitions":{"a":{"anyOf":[{"$ref":"#"}]}}}`, "schema: #: refers to itself for the same value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Compile([]byte(tt.schema)); err == nil || err.Error() != tt.want {
				t.Errorf("Compile(%s): %v\nwant %s", tt.schema, err, tt.want)
			}
		})
	}
	if _, err := Compile([]byte(strings.Repeat("[", 100000))); err == nil {
		t.Error("a schema 100,000 levels deep was compiled")
	}
	var rule *RuleError
	if _, err := Compile([]byte(`{"items":{"type":1}}`)); !errors.As(err, &rule) || rule.Path != "#/items" {
		t.Errorf("%v is no *RuleError that names #/items", err)
	}
}

func TestPatterns(t *testing.T) {
	tests := []struct {
		pattern   string
		yes, no   []string
		refusedAs string
	}{
		{pattern: `b`, yes: []string{"abc"}, no: []string{"ac"}},
		{pattern: `^a$`, yes: []string{"a"}, no: []string{"a\n", "ba"}},
		{pattern: `^.$`, yes: []string{"🫖", "\v"}, no: []string{"\n", "\r", "\u2028"}},
		{pattern: `^\s\S$`, yes: []string{"\u00a0x", "\ufeffx"}, no: []string{"xx", "  "}},
		{pattern: `^[\s-]$`, yes: []string{"\u2003", "-"}, no: []string{"x"}},
		{pattern: `^\d\w\D\W$`, yes: []string{"1a- "}, no: []string{"٣a- "}},
		{pattern: `^[^]$`, yes: []string{"\n"}, no: []string{""}},
		{pattern: `^a[]$|b`, yes: []string{"b"}, no: []string{"a"}},
		{pattern: `^[[]$`, yes: []string{"["}, no: []string{"]"}},
		{pattern: `^[\b]\cJ\0$`, yes: []string{"\b\n\x00"}, no: []string{"b"}},
		{pattern: `^\u00e9\u{1FAD6}\ud83e\uded6\x41$`, yes: []string{"é🫖🫖A"}, no: []string{"e"}},
		{pattern: `^\p{Letter}\p{Script=Greek}\P{L}$`, yes: []string{"aω1"}, no: []string{"aω"}},
		{pattern: `^(?:ab)+(?<name>c)\/\-$`, yes: []string{"ababc/-"}, no: []string{"c/-"}},
		{pattern: `(?=a)`, refusedAs: "lookahead is not supported"},
		{pattern: `(?!a)`, refusedAs: "lookahead is not supported"},
		{pattern: `(?<=a)`, refusedAs: "lookbehind is not supported"},
		{pattern: `(?<!a)`, refusedAs: "lookbehind is not supported"},
		{pattern: `(a)\1`, refusedAs: "back references are not supported"},
		{pattern: `\k<a>`, refusedAs: "back references are not supported"},
		{pattern: `(?i)a`, refusedAs: "unknown group"},
		{pattern: `a{1001}`, refusedAs: "invalid repeat count: `{1001}`"},
		{pattern: `[\S]`, refusedAs: `\S in a class is not supported`},
		{pattern: `\Qa\E`, refusedAs: `unknown escape "\\Q"`},
		{pattern: `\z`, refusedAs: `unknown escape "\\z"`},
		{pattern: `\`, refusedAs: "escape without a character"},
		{pattern: `\u12`, refusedAs: "escape without its hexadecimal digits"},
		{pattern: `\p{Cat}`, refusedAs: "invalid character class range: `\\p{Cat}`"},
		{pattern: `[a`, refusedAs: "class without an end"},
		{pattern: `(a`, refusedAs: "missing closing ): `(a`"},
		{pattern: `a)`, refusedAs: "unexpected ): `a)`"},
		{pattern: `\012`, refusedAs: "octal escapes are not supported"},
	}
	for _, tt := range tests {
		t.Run(tt.pattern, func(t *testing.T) {
			re, err := compilePattern(tt.pattern)
			if tt.refusedAs != "" {
				if err == nil || err.Error() != tt.refusedAs {
					t.Errorf("%v, want %s", err, tt.refusedAs)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range tt.yes {
				if !re.MatchString(s) {
					t.Errorf("%s does not match %q", re, s)
				}
			}
			for _, s := range tt.no {
				if re.MatchString(s) {
					t.Errorf("%s matches %q", re, s)
				}
			}
		})
	}
}

// A stranger's list must not make a thousand times its size in errors.
func TestManyErrors(t *testing.T) {
	s := compile(t, `{"items":{"type":"string"},"contains":{"const":"x"},"maxProperties":0,"oneOf":[{"items":{"type":"null"}},{"minItems":3}]}`)
	list := make([]any, 50000)
	for i := range list {
		list[i] = float64(i)
	}
	got := s.Validate(list)
	if len(got) != maxErrors+1 {
		t.Fatalf("%d errors, want %d", len(got), maxErrors+1)
	}
	if last := got[maxErrors]; last.Keyword != "contains" || last.InstancePath != "" {
		t.Errorf("the last is %+v, want that of contains", last)
	}
	// The errors of a oneOf that succeeds are forgotten, also beyond the limit.
	if got[0].InstancePath != "/0" || got[0].SchemaPath != "#/items/type" {
		t.Errorf("the first is %+v", got[0])
	}
	list[49999] = "x"
	got = s.Validate(list)
	if last := got[len(got)-1]; last.InstancePath != "/49998" || last.Keyword != "type" || len(got) != maxErrors+1 {
		t.Errorf("%d errors, the last is %+v; want the type of element 49998", len(got), last)
	}
}

// Uniqueness is found out in time linear in the list.
func TestUniqueItemsOfALongList(t *testing.T) {
	for _, schema := range []string{`{"uniqueItems":true}`, `{"uniqueItems":true,"items":{"type":"number"}}`} {
		s := compile(t, schema)
		list := make([]any, 200000)
		for i := range list {
			list[i] = float64(i)
		}
		if !s.Valid(list) {
			t.Errorf("%s: different numbers are not unique", schema)
		}
		list[199999] = 0.0
		if s.Valid(list) {
			t.Errorf("%s: 0 and 0 are unique", schema)
		}
	}
}

// Compile never panics, and what it makes gives the same verdict in both of its
// ways.
func FuzzValidate(f *testing.F) {
	f.Add([]byte(`{"type":"object","required":["a"],"properties":{"a":{"oneOf":[{"type":"string"},{"$ref":"#"}]}}}`), []byte(`{"a":{"a":"x"}}`))
	f.Add([]byte(`{"items":{"uniqueItems":true,"contains":{"const":1}},"additionalProperties":false}`), []byte(`[[1,1],[2]]`))
	f.Add([]byte(`{"if":{"pattern":"^\\p{L}+$"},"then":{"maxLength":2},"else":{"format":"date-time"}}`), []byte(`"abc"`))
	f.Add([]byte(`{"$id":"http://a/b","definitions":{"c":{"$id":"d","not":{"$ref":"#"}}},"$ref":"d"}`), []byte(`1`))
	f.Fuzz(func(t *testing.T, schema, value []byte) {
		s, err := Compile(schema)
		if err != nil {
			return
		}
		var v any
		if json.Unmarshal(value, &v) != nil {
			return
		}
		errors := s.Validate(v)
		if valid := s.Valid(v); valid != (len(errors) == 0) {
			t.Errorf("Compile(%s): Valid(%s) = %v, but Validate returns %v", schema, value, valid, errors)
		}
	})
}

func BenchmarkValid(b *testing.B) {
	s := compile(b, `{"type":"object","required":["id","type"],"properties":{"id":{"type":"string","format":"uri"},"type":{"enum":["a","b"]}}}`)
	v := decodeJSON(b, `{"id":"https://garden.test/","type":"b"}`)
	b.ReportAllocs()
	for b.Loop() {
		if !s.Valid(orderedMap{v.(map[string]any)}) {
			b.Fatal("not valid")
		}
	}
}

// orderedMap is an Object that only gives single members.
type orderedMap struct{ m map[string]any }

func (o orderedMap) Len() int                       { return len(o.m) }
func (o orderedMap) Member(int) (string, any)       { panic("not asked for here") }
func (o orderedMap) Lookup(name string) (any, bool) { v, ok := o.m[name]; return v, ok }

func ExampleSchema_Validate() {
	s, err := Compile([]byte(`{"required":["id"],"properties":{"port":{"type":"integer","maximum":65535}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range s.Validate(map[string]any{"port": 70000.0}) {
		fmt.Printf("%q %s: %s\n", e.InstancePath, e.SchemaPath, e.Message)
	}
	// Output:
	// "" #/required: must have required property 'id'
	// "/port" #/properties/port/maximum: must be <= 65535
}

// A template for addresses may have an apostrophe outside of its expressions.
func TestURITemplate(t *testing.T) {
	s := compile(t, `{"format":"uri-template"}`)
	for text, valid := range map[string]bool{
		`"https://quay.example/o'brien/{id}"`: true, `"'"`: true, `"{id'}"`: false, `"<{id}"`: false, `"{id"`: false,
	} {
		if errs := s.Validate(decodeJSON(t, text)); (len(errs) == 0) != valid {
			t.Errorf("%s: %v", text, errs)
		}
	}
}
