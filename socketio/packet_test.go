package socketio

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden is one line of testdata/packets.jsonl: what a packet's text says.
type golden struct {
	Text        string  `json:"text"`
	Type        Type    `json:"type"`
	Attachments int     `json:"attachments,omitempty"`
	Namespace   string  `json:"namespace"`
	HasID       bool    `json:"hasId,omitempty"`
	ID          float64 `json:"id,omitempty"`
	Data        string  `json:"data,omitempty"`
}

// Packets as the protocol's document and real clients write them. Each is read
// as the golden file says and written back as it was.
func TestGoldenPackets(t *testing.T) {
	const path = "testdata/packets.jsonl"
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rewritten bytes.Buffer
	for lines := bufio.NewScanner(bytes.NewReader(file)); lines.Scan(); {
		var want golden
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		p, err := Decode([]byte(want.Text))
		if err != nil {
			t.Errorf("Decode(%q): %v", want.Text, err)
			continue
		}
		got := golden{want.Text, p.Type, p.Attachments, p.Namespace, p.HasID, p.ID, string(p.Data)}
		if again := string(AppendPacket(nil, &p)); again != want.Text {
			t.Errorf("%q is written back as %q", want.Text, again)
		}
		if got != want && !*update {
			t.Errorf("Decode(%q)\ngot  %+v\nwant %+v", want.Text, got, want)
		}
		encoder := json.NewEncoder(&rewritten)
		encoder.SetEscapeHTML(false)
		encoder.Encode(got)
	}
	if *update {
		if err := os.WriteFile(path, rewritten.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDecode(t *testing.T) {
	tests := []struct {
		name, in string
		want     Packet
		err      error
	}{
		{"empty", "", Packet{}, errPacket},
		{"type 7", "7", Packet{}, errPacket},
		{"no type", `["x"]`, Packet{}, errPacket},
		{"the main namespace by name", `2/,["x"]`, Packet{Type: Event, Namespace: "/", Data: []byte(`["x"]`)}, nil},
		{"a namespace without a comma", "0/chat", Packet{Namespace: "/chat"}, nil},
		{"a namespace that begins like an id", "2/1,2[]", Packet{Type: Event, Namespace: "/1", HasID: true, ID: 2, Data: []byte("[]")}, nil},
		{"the longest namespace", "0/" + strings.Repeat("n", maxNamespace-1), Packet{Namespace: "/" + strings.Repeat("n", maxNamespace-1)}, nil},
		{"a longer one", "0/" + strings.Repeat("n", maxNamespace), Packet{}, errPacket},
		{"an id of 15 digits", "2999999999999999[]", Packet{Type: Event, Namespace: "/", HasID: true, ID: 999999999999999, Data: []byte("[]")}, nil},
		{"an id of 16 digits", "29999999999999999[]", Packet{Type: Event, Namespace: "/", HasID: true, ID: 1e16, Data: []byte("[]")}, nil},
		{"an id of zeros", "2" + strings.Repeat("0", 40) + "7[]", Packet{Type: Event, Namespace: "/", HasID: true, ID: 7, Data: []byte("[]")}, nil},
		{"an id just below the end", "2999999999999999868928[]", Packet{Type: Event, Namespace: "/", HasID: true, ID: 999999999999999868928, Data: []byte("[]")}, nil},
		{"an id at the end", "21000000000000000000000[]", Packet{}, errPacket},
		{"an id that rounds up to the end", "2999999999999999999999[]", Packet{}, errPacket},
		{"attachments", `551-["x"]`, Packet{Type: BinaryEvent, Attachments: 51, Namespace: "/", Data: []byte(`["x"]`)}, nil},
		{"too many to count", "5" + strings.Repeat("9", 30) + "-[]", Packet{}, errAttachments},
		{"none", "50-[]", Packet{}, errPacket},
		{"no count", "5-[]", Packet{}, errPacket},
		{"no dash", "51[]", Packet{}, errPacket},
		{"nothing after the count", "51", Packet{}, errPacket},
		{"a negative count", "5-1-[]", Packet{}, errPacket},
		{"a namespace after a namespace", "0/,/chat", Packet{}, errPacket},
		{"a namespace after an id", "21/chat,[]", Packet{}, errPacket},
		{"a count of an event", "21-[]", Packet{Type: Event, Namespace: "/", HasID: true, ID: 1, Data: []byte("-[]")}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode([]byte(tt.in))
			if err != tt.err || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Decode(%q) = %+v, %v; want %+v, %v", tt.in, got, err, tt.want, tt.err)
			}
		})
	}
}

// What Decode accepts, AppendPacket writes back to an equal packet.
func FuzzPacket(f *testing.F) {
	file, err := os.ReadFile("testdata/packets.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(file)); lines.Scan(); {
		var g golden
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(g.Text))
	}
	f.Add([]byte(`5999-/x,99999999999999999999[]`))
	f.Add([]byte(`0/,/x`))
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := Decode(in)
		if err != nil {
			if !reflect.DeepEqual(p, Packet{}) {
				t.Errorf("Decode(%q) has an error and a packet: %+v", in, p)
			}
			return
		}
		text := AppendPacket(nil, &p)
		again, err := Decode(text)
		if err != nil || !reflect.DeepEqual(again, p) {
			t.Errorf("%q is %+v, becomes %q, which is %+v, %v", in, p, text, again, err)
		}
	})
}
