package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
)

// document is an object of a schema file. Its order counts: properties are
// evaluated as they stand.
type document struct {
	names  []string
	values map[string]any
}

func (d *document) Len() int { return len(d.names) }

func (d *document) Member(i int) (string, any) { return d.names[i], d.values[d.names[i]] }

func (d *document) Lookup(name string) (any, bool) {
	v, ok := d.values[name]
	return v, ok
}

// maxSchemaDepth bounds the recursion over a schema file.
const maxSchemaDepth = 256

// decode reads a schema file: nil, bool, float64, string, []any or *document.
// Schemas are read once, so encoding/json's slow reader of tokens does.
func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	v, err := decodeValue(d, 0)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("unexpected text after the schema")
	}
	return v, nil
}

func decodeValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxSchemaDepth {
		return nil, fmt.Errorf("nested deeper than %d levels", maxSchemaDepth)
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := decodeValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	case json.Delim('{'):
		doc := &document{values: map[string]any{}}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := decodeValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			if _, ok := doc.values[name.(string)]; !ok {
				doc.names = append(doc.names, name.(string))
			}
			doc.values[name.(string)] = v
		}
		_, err := d.Token()
		doc.sortIndices()
		return doc, err
	}
	return token, nil
}

// sortIndices moves names that are array indices to the front, ascending:
// JavaScript, whose order of evaluation is ours, keeps them there.
func (d *document) sortIndices() {
	sort.SliceStable(d.names, func(i, j int) bool {
		a, isIndex := arrayIndex(d.names[i])
		b, other := arrayIndex(d.names[j])
		if isIndex && other {
			return a < b
		}
		return isIndex && !other
	})
}

func arrayIndex(name string) (uint64, bool) {
	n, err := strconv.ParseUint(name, 10, 32)
	return n, err == nil && n < 1<<32-1 && strconv.FormatUint(n, 10) == name
}
