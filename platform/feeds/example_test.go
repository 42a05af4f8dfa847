package feeds

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// A job's message, and what the client gets for it.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `<rss version="2.0"><channel><title>Kiln Notes</title><link>/</link><item><title>Blue, again</title>`+
			`<link>/2024/blue</link><description>&lt;p&gt;Cobalt.</description><pubDate>Tue, 05 Mar 2024 08:00:00 GMT</pubDate></item></channel></rss>`)
	}))
	defer server.Close()
	p, err := Definition().New(fetchtest.Host{}, []byte(`{"allowPrivateAddresses":true}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	message, err := activity.ParseObject([]byte(`{"type":"fetch","id":"1","actor":{"id":"` + server.URL + `/rss","type":"feed"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := p.Do(context.Background(), platform.Job{Activity: message})
	if err != nil {
		fmt.Println(err)
		return
	}
	item := result.Get("items").([]any)[0].(*activity.Object)
	for _, o := range []*activity.Object{item.Object("actor"), item.Object("object")} {
		fmt.Println(strings.ReplaceAll(string(activity.AppendJSON(nil, o)), server.URL, "https://kiln.example"))
	}
	// Output:
	// {"id":"https://kiln.example/rss","type":"feed","name":"Kiln Notes","link":"https://kiln.example/","categories":[]}
	// {"type":"note","title":"Blue, again","id":"https://kiln.example/2024/blue","content":"<p>Cobalt.","contentType":"html","url":"https://kiln.example/2024/blue","published":"2024-03-05T08:00:00.000Z","datenum":1709625600000}
}
