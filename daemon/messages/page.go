package messages

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// Page is a file of the documentation.
type Page struct {
	Path string // below the folder of documents: "messages/irc.md"
	Text []byte
}

// written stands at the beginning of each page.
const written = "<!-- Written by `sockethub generate messages` from the schemas and examples of the platforms. -->\n\n"

// Pages returns an overview, and a page for each platform.
func Pages(definitions []*platform.Definition) ([]Page, error) {
	var overview strings.Builder
	overview.WriteString("# Messages\n\n" + written + overviewText)
	pages := []Page{{Path: "messages.md"}}
	for _, d := range definitions {
		p, err := describe(d)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&overview, "\n## [%s](messages/%s.md)\n\n%s\n\n| type | |\n| --- | --- |\n", p.Name, p.Name, strings.ReplaceAll(p.messages.Text("description"), "](../", "]("))
		for _, kind := range p.kinds() {
			fmt.Fprintf(&overview, "| [`%s`](messages/%s.md#%s) | %s |\n", kind, p.Name, strings.ToLower(kind), cell(p.about(kind).Text("title")))
		}
		pages = append(pages, Page{"messages/" + p.Name + ".md", []byte(p.page())})
	}
	pages[0].Text = []byte(overview.String())
	return pages, nil
}

const overviewText = `Every message has the same shape. The client library sends it and gives you the answer (see [client.md](client.md)):

` + "```js" + `
const answer = await sc.send({
  "@context": sc.contextFor("dummy"),
  type: "echo",
  actor: { id: "me", type: "person" },
  object: { type: "message", content: "hello" },
});
` + "```" + `

| member | |
| --- | --- |
| ` + "`@context`" + ` | **required**; three addresses, the last of which names the platform: ` + "`sc.contextFor(PLATFORM)`" + ` |
| ` + "`type`" + ` | **required**; what is to be done |
| ` + "`actor`" + ` | **required**; who does it, with ` + "`id` and `type`" + `: ` + "`person`, `room`, `service`, `feed`, `website` or `platform`" + ` |
| ` + "`target`" + ` | whom or what it is done to; its ` + "`type`" + ` may also be ` + "`address`, `calendar` or `addressBook`" + ` |
| ` + "`object`" + ` | what it is done with |
| ` + "`id`" + ` | a name of yours for the message, which the answer repeats |
| ` + "`published`" + ` | a time, as ` + "`2026-03-05T08:00:00Z`" + ` |

An answer that has a member ` + "`error`" + ` says why the message was not done, and a ` + "`code`" + ` where a program can do something about it
([all codes](../README.md#errors-that-clients-see)); ` + "`send`" + ` rejects with it. What a platform hears by itself arrives as a ` + "`message`" + ` event
of the same shape. In what follows ` + "`@context`" + ` is left out.
`

// kinds are the types of message, credentials first.
func (p *described) kinds() []string {
	if p.credentials != nil && p.credentials.Len() > 0 {
		return append([]string{"credentials"}, p.types...)
	}
	return p.types
}

func (p *described) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s", p.Name, written)
	paragraph(&b, p.messages.Text("description"))
	fmt.Fprintf(&b, "Context: `%s`, which is what `sc.contextFor(\"%s\")` adds.\n\n", p.ContextURL, p.Name)
	for _, kind := range p.kinds() {
		p.section(&b, kind)
	}
	p.arrivals(&b)
	p.errors(&b)
	if p.responses != nil {
		b.WriteString("## What comes back\n\nMembers of answers and of what arrives by itself.\n\n")
		for _, s := range branches(p.responses, p.responses) {
			b.WriteString(table(members(p.responses, s, "@context")))
		}
		for i := range p.answered().Len() {
			name, v := p.answered().Member(i)
			s, _ := v.(*activity.Object)
			s = resolve(p.responses, s)
			fmt.Fprintf(&b, "`object` of the answer to a `query`, of type `%s`: %s.\n\n%s", name, s.Text("description"), table(members(p.responses, s, "type")))
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func paragraph(b *strings.Builder, text string) {
	if text != "" {
		b.WriteString(text + "\n\n")
	}
}

// section is about one type of message: what it does, its members, its exchanges.
func (p *described) section(b *strings.Builder, kind string) {
	about := p.about(kind)
	fmt.Fprintf(b, "## %s\n\n", kind)
	if title := about.Text("title"); title != "" {
		fmt.Fprintf(b, "**%s.** ", title)
	}
	paragraph(b, about.Text("description"))
	root := p.messages
	if kind == "credentials" {
		root = p.credentials
	}
	b.WriteString(table(members(root, about, "@context", "type")))
	for i := range p.exchanges {
		if e := &p.exchanges[i]; e.Title != "" && e.Message != nil && e.Message.Text("type") == kind && !e.failed() {
			p.exchange(b, e)
		}
	}
}

func (p *described) exchange(b *strings.Builder, e *Exchange) {
	fmt.Fprintf(b, "%s:\n\n```json\n%s\n```\n\n", e.Title, AppendLayout(nil, e.Message))
	switch {
	case same(e.Message, e.Answer):
		b.WriteString("The answer is the message itself.\n\n")
	case e.Message.Text("type") == "credentials" && len(e.Hears) == 0:
		fmt.Fprintf(b, "It is answered, without what is secret:\n\n```json\n%s\n```\n\n", AppendLayout(nil, e.Answer))
	default:
		fmt.Fprintf(b, "The answer:\n\n```json\n%s\n```\n\n", AppendLayout(nil, e.Answer))
	}
	if len(e.Hears) > 0 {
		b.WriteString("Then arrives:\n\n")
		heard(b, e)
	}
}

func heard(b *strings.Builder, e *Exchange) {
	b.WriteString("```json\n")
	for _, h := range e.Hears {
		b.Write(append(AppendLayout(nil, h), '\n'))
	}
	b.WriteString("```\n\n")
}

// arrivals is about what no message asked for.
func (p *described) arrivals(b *strings.Builder) {
	begun := false
	for i := range p.exchanges {
		e := &p.exchanges[i]
		if e.Message != nil {
			continue
		}
		if !begun {
			b.WriteString("## What arrives by itself\n\nAs the event `message`.\n\n")
			begun = true
		}
		b.WriteString(e.Title + ":\n\n")
		heard(b, e)
	}
	if !begun {
		b.WriteString("## What arrives by itself\n\nNothing: this platform only answers.\n\n")
	}
}

// errors are answers that say why not.
func (p *described) errors(b *strings.Builder) {
	failed := slices.DeleteFunc(slices.Clone(p.exchanges), func(e Exchange) bool { return !e.failed() })
	if len(failed) == 0 {
		return
	}
	b.WriteString("## Errors\n\nThe answer is the message with the member `error`, and `code` where there is one.\n\n| what | message | `error` | `code` |\n| --- | --- | --- | --- |\n")
	for _, e := range failed {
		code := e.Answer.Text("code")
		if code != "" {
			code = "`" + code + "`"
		}
		fmt.Fprintf(b, "| %s | `%s` | `%s` | %s |\n", cell(e.Title), cell(oneLine(short(e.Message))), cell(e.Answer.Text("error")), code)
	}
	b.WriteString("\n")
}

// short is a message without who sent it.
func short(message *activity.Object) *activity.Object {
	o := message.Copy()
	if o.Object("actor").Text("type") == "person" {
		o.Delete("actor")
	}
	return o
}
