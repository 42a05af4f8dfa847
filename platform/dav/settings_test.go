package dav

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestReadConfig(t *testing.T) {
	tests := []struct {
		config string
		want   Options
		err    string
	}{
		{`{}`, Options{Timeout: 15 * time.Second}, ""},
		{`{"connectTimeoutMs":20,"allowPrivateAddresses":true,"allowInsecureHttp":true,"concurrency":3}`,
			Options{Timeout: 20 * time.Millisecond, AllowPrivate: true, AllowHTTP: true}, ""},
		{`{"connectTimeoutMs":1e15}`, Options{Timeout: maxTimeout}, ""},
		{`{"partitions":[["https://a.test","https://*.b.test"],"http://c.test:8080","https://d.test/"]}`,
			Options{Timeout: 15 * time.Second, Partitions: []Partition{{"https://a.test", "https://*.b.test"}, {"http://c.test:8080", "https://d.test/"}}}, ""},
		{`{"partitions":[]}`, Options{Timeout: 15 * time.Second, Partitions: []Partition{}}, ""},
		{`{"partitions":["https://*"]}`, Options{}, "must be origins"},
		{`{"partitions":["https://a.test/path"]}`, Options{}, "must be origins"},
		{`{"partitions":[["ftp://a.test"]]}`, Options{}, "must be origins"},
		{`{"partitions":[[5]]}`, Options{}, "list of lists"},
		{`{"partitions":"https://a.test"}`, Options{}, "list of lists"},
		{`{"connectTimeoutMs":1.5}`, Options{}, "connectTimeoutMs has a wrong value"},
		{`{"concurrency":0}`, Options{}, "concurrency has a wrong value"},
		{`{"color":1}`, Options{}, `"color" is no key`},
		{`[]`, Options{}, "packageConfig"},
	}
	for _, tt := range tests {
		got, err := ReadConfig([]byte(tt.config))
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: %v, want %q", tt.config, err, tt.err)
			}
		} else if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, %v", tt.config, got, err)
		}
	}
}
