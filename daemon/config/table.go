package config

import "fmt"

// Table has every setting of a program, which are the same for all but for those
// of its platforms.
type Table struct {
	settings []Setting
	builtIn  []BuiltIn
	schemas  map[string]*packageSchema // by platform
}

// New makes the table of a program that has some platforms built in. The error is
// about a platform's schema.
func New(builtIn ...BuiltIn) (*Table, error) {
	t := &Table{settings: rows(builtIn), builtIn: builtIn, schemas: map[string]*packageSchema{}}
	for _, p := range builtIn {
		if p.Schema == nil {
			continue
		}
		s, err := newPackageSchema(p.Schema)
		if err != nil {
			return nil, fmt.Errorf("platform %s: schema of its packageConfig: %w", p.Name, err)
		}
		t.schemas[p.Name] = s
	}
	return t, nil
}
