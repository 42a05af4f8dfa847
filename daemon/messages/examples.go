package messages

import (
	"bytes"
	"fmt"

	"github.com/sockethub/sockethub/activity"
)

// Exchange is one message with what became of it, or, without a message, only
// what a session hears. Activities stand without "@context".
type Exchange struct {
	Title   string             // what it shows; "" for what only sets the scene, and is not shown
	As      string             // which session: "" is the only one
	Message *activity.Object   // of type "credentials": the event of that name
	Answer  *activity.Object   // the acknowledgement
	Hears   []*activity.Object // what arrives by itself, in this order, others between them
}

// ParseExamples reads a platform's examples; none for nil.
func ParseExamples(text []byte) ([]Exchange, error) {
	if text == nil {
		return nil, nil
	}
	file, err := activity.ParseObject(text)
	if err != nil {
		return nil, fmt.Errorf("examples: %w", err)
	}
	list, ok := file.Get("exchanges").([]any)
	if !ok {
		return nil, fmt.Errorf(`examples: "exchanges" is not a list`)
	}
	var all []Exchange
	for i, v := range list {
		o, ok := v.(*activity.Object)
		if !ok {
			return nil, fmt.Errorf("examples: exchange %d is not an object", i)
		}
		e := Exchange{Title: o.Text("title"), As: o.Text("as")}
		e.Message, _ = o.Get("message").(*activity.Object)
		e.Answer, _ = o.Get("answer").(*activity.Object)
		hears, _ := o.Get("hears").([]any)
		for _, h := range hears {
			heard, ok := h.(*activity.Object)
			if !ok {
				return nil, fmt.Errorf("examples: exchange %d hears something that is no object", i)
			}
			e.Hears = append(e.Hears, heard)
		}
		if (e.Message == nil) != (e.Answer == nil) || e.Message == nil && len(e.Hears) == 0 {
			return nil, fmt.Errorf("examples: exchange %d needs a message and an answer, or hears something", i)
		}
		all = append(all, e)
	}
	return all, nil
}

// AppendExamples appends the file that ParseExamples reads.
func AppendExamples(dst []byte, all []Exchange) []byte {
	var list []any
	for _, e := range all {
		o := activity.NewObject()
		for _, m := range []activity.Member{{Name: "title", Value: e.Title}, {Name: "as", Value: e.As}} {
			if m.Value != "" {
				o.Set(m.Name, m.Value)
			}
		}
		if e.Message != nil {
			o.Set("message", e.Message)
			o.Set("answer", e.Answer)
		}
		if len(e.Hears) > 0 {
			hears := make([]any, len(e.Hears))
			for i, h := range e.Hears {
				hears[i] = h
			}
			o.Set("hears", hears)
		}
		list = append(list, o)
	}
	return append(AppendLayout(dst, activity.NewObject(activity.Member{Name: "exchanges", Value: list})), '\n')
}

// failed reports whether the answer is an error.
func (e *Exchange) failed() bool { return e.Answer != nil && e.Answer.Get("error") != nil }

func same(a, b *activity.Object) bool {
	return bytes.Equal(activity.AppendJSON(nil, a), activity.AppendJSON(nil, b))
}
