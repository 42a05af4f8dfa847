package messages

import (
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// weather is a platform with one type of message.
var weather = &platform.Definition{Name: "weather", ContextURL: "https://weather.test/v1", Schemas: platform.Schemas{
	Messages: []byte(`{"description":"Tells the weather.","required":["type"],"properties":{"type":{"enum":["forecast"]}},
		"definitions":{"types":{"forecast":{"title":"Ask","description":"See [how](how.md).","required":["object"],
		"properties":{"object":{"$ref":"#/definitions/place"}}}},
		"place":{"type":"object","description":"where","required":["city"],"properties":{"city":{"type":"string","description":"its name"},"days":{"type":"integer","minimum":1}}}}}`),
	Responses: []byte(`{"type":"object","required":["type","sky"],"properties":{"type":{"enum":["forecast","warning"]},"sky":{"enum":["clear","grey"]}}}`),
	Examples: []byte(`{"exchanges":[
		{"title":"Tomorrow","message":{"type":"forecast","object":{"city":"Wien"}},"answer":{"type":"forecast","sky":"grey"}},
		{"title":"Nowhere","message":{"type":"forecast","object":{"city":""}},"answer":{"type":"forecast","error":"no such city","code":"nowhere"}},
		{"title":"A storm","hears":[{"type":"warning","sky":"grey"}]}]}`),
}}

func TestPages(t *testing.T) {
	pages, err := Pages([]*platform.Definition{weather})
	if err != nil || len(pages) != 2 || pages[1].Path != "messages/weather.md" {
		t.Fatalf("%v: %v", pages, err)
	}
	for _, want := range []string{
		"**Ask.** See [how](how.md).",
		"| `object` | object | **required**; where |\n| `object.city` | string | **required**; its name |\n| `object.days` | integer, minimum 1 |  |\n",
		"Tomorrow:\n\n```json\n{\"type\": \"forecast\", \"object\": {\"city\": \"Wien\"}}\n```\n\nThe answer:",
		"## What arrives by itself\n\nAs the event `message`.\n\nA storm:\n\n```json\n{\"type\": \"warning\"",
		"| Nowhere | `{\"type\": \"forecast\", \"object\": {\"city\": \"\"}}` | `no such city` | `nowhere` |",
		"| `sky` | `clear`, `grey` | **required** |",
	} {
		if !strings.Contains(string(pages[1].Text), want) {
			t.Errorf("the page does not have\n%s\nbut\n%s", want, pages[1].Text)
		}
	}
}

func TestTypeScript(t *testing.T) {
	got, err := TypeScript([]*platform.Definition{weather})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"  /** Ask. See how. */\n  interface Forecast {\n    \"@context\": Context<\"weather\">;\n    type: \"forecast\";",
		"    object: {\n      /** its name */\n      city: string;\n      days?: number;\n    };",
		`type ForecastAnswer = Heard & { type: "forecast" };`,
		`sky: "clear" | "grey";`,
		`forecast: { message: weather.Forecast; answer: weather.ForecastAnswer };`,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("the types do not have\n%s\nbut\n%s", want, got)
		}
	}
}

// Examples are written as they are read, and bad ones are refused.
func TestExamples(t *testing.T) {
	all, err := ParseExamples(weather.Schemas.Examples)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseExamples(AppendExamples(nil, all))
	if err != nil || len(again) != 3 || again[1].Answer.Text("code") != "nowhere" || len(again[2].Hears) != 1 {
		t.Errorf("%v: %v", again, err)
	}
	for _, text := range []string{`[]`, `{}`, `{"exchanges":[1]}`, `{"exchanges":[{"message":{}}]}`, `{"exchanges":[{"hears":[1]}]}`} {
		if _, err := ParseExamples([]byte(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

// What fits stands on one line.
func TestLayout(t *testing.T) {
	long := strings.Repeat("x", 80)
	v, err := activity.Parse([]byte(`{"a":[1,{"b":"` + long + `"}],"c":{"d":"` + long[:20] + `"}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := "{\n  \"a\": [1, {\"b\": \"" + long + "\"}],\n  \"c\": {\"d\": \"" + long[:20] + "\"}\n}"
	if got := string(AppendLayout(nil, v)); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
