package feeds

import (
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/activity/schema"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// The schema for packageConfig and the worker that reads it say the same.
func TestConfig(t *testing.T) {
	definition := Definition()
	published, err := schema.Compile(definition.Schemas.Config)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		config string
		ok     bool
	}{
		{`{}`, true},
		{`{"connectTimeoutMs":1,"allowPrivateAddresses":true,"concurrency":3}`, true},
		{`{"connectTimeoutMs":600000,"userAgent":"x","allowedPorts":[80,443],"refuseDowngrade":true}`, true},
		{`{"connectTimeoutMs":0}`, false},
		{`{"connectTimeoutMs":-1}`, false},
		{`{"connectTimeoutMs":1.5}`, false},
		{`{"connectTimeoutMs":600001}`, false},
		{`{"connectTimeoutMs":"1"}`, false},
		{`{"allowPrivateAddresses":1}`, false},
		{`{"concurrency":0}`, false},
		{`{"concurrency":1.5}`, false},
		{`{"userAgent":"a\nb"}`, false},
		{`{"allowedPorts":[0]}`, false},
		{`{"allowedPorts":80}`, false},
		{`{"refuseDowngrade":"yes"}`, false},
		{`{"other":1}`, false},
	}
	for _, tt := range tests {
		value, err := activity.ParseObject([]byte(tt.config))
		if err != nil {
			t.Fatal(err)
		}
		if broken := published.Validate(value); (broken == nil) != tt.ok {
			t.Errorf("%s: the schema says %v", tt.config, broken)
		}
		p, err := definition.New(fetchtest.Host{}, []byte(tt.config))
		if (err == nil) != tt.ok {
			t.Errorf("%s: the worker says %v", tt.config, err)
		}
		if err == nil {
			p.(platform.Stopper).Stop(t.Context())
		}
	}
	for _, config := range []string{`[]`, ``} {
		if _, err := definition.New(fetchtest.Host{}, []byte(config)); err == nil {
			t.Errorf("%s is no error", config)
		}
	}
}
