package config

import "testing"

// builtIn are platforms with the settings that the tests use.
var builtIn = []BuiltIn{
	{Name: "carddav"},
	{Name: "caldav", Schema: []byte(`{"type":"object","additionalProperties":false,"properties":{
		"connectTimeoutMs":{"type":"integer","minimum":1},"allowPrivateAddresses":{"type":"boolean"},
		"partitions":{"type":"array","items":{"anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]}}}}`)},
	{Name: "dummy", Schema: []byte(`{"type":"object","additionalProperties":false,"properties":{
		"greeting":{"type":"string","description":"what it says"},"crashVerbs":{"type":"boolean"}}}`)},
	{Name: "feeds", Schema: []byte(`{"type":"object","additionalProperties":false,"properties":{
		"connectTimeoutMs":{"type":"integer","minimum":1,"maximum":600000},"allowPrivateAddresses":{"type":"boolean"},
		"userAgent":{"type":"string","maxLength":256},"allowedPorts":{"type":"array","items":{"$ref":"#/definitions/port"}}},
		"definitions":{"port":{"type":"integer","minimum":1,"maximum":65535}}}`)},
	{Name: "irc", Schema: []byte(`{"type":"object","additionalProperties":false,"properties":{
		"connectTimeoutMs":{"type":"number"},"nickSuffix":{"type":"string","minLength":1,"maxLength":8},
		"bouncer":{"type":"object","additionalProperties":false,"properties":{"lingerSeconds":{"type":"integer","minimum":0,"maximum":31536000}}},
		"webirc":{"type":"object","additionalProperties":{"type":"object","required":["password"]}}}}`)},
	{Name: "metadata"},
	{Name: "xmpp"},
}

func testTable(t testing.TB) *Table {
	t.Helper()
	table, err := New(builtIn...)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestNewRefusesASchemaThatIsNone(t *testing.T) {
	_, err := New(BuiltIn{Name: "owl", Schema: []byte(`{"type":"bird"}`)})
	if want := "platform owl: schema of its packageConfig: "; err == nil || len(err.Error()) <= len(want) || err.Error()[:len(want)] != want {
		t.Errorf("got %v, want %s…", err, want)
	}
}
