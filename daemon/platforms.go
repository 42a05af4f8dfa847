package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/supervisor"
)

// BuiltIn says to the configuration which platforms there are.
func BuiltIn(definitions []*platform.Definition) []config.BuiltIn {
	list := make([]config.BuiltIn, len(definitions))
	for i, d := range definitions {
		list[i] = config.BuiltIn{Name: d.Name, Schema: d.Schemas.Config}
	}
	return list
}

// platforms are those that the configuration asks for.
type platforms struct {
	definitions []*platform.Definition
	config      map[string][]byte // packageConfig, by the name of the definition
	paths       map[string]string // executables of external ones, likewise
	notes       []config.Note
}

// findPlatforms picks the platforms that are compiled in, and asks external
// ones what they are.
func (p *program) findPlatforms(ctx context.Context, c *config.Config) (*platforms, error) {
	found := &platforms{config: map[string][]byte{}, paths: map[string]string{}}
	note := func(level slog.Level, format string, args ...any) {
		found.notes = append(found.notes, config.Note{Level: level, Namespace: "server:bootstrap:platforms", Text: fmt.Sprintf(format, args...)})
	}
	compiled := map[string]*platform.Definition{}
	for _, d := range p.definitions {
		compiled[d.Name] = d
	}
	for _, wanted := range c.Platforms {
		d := compiled[wanted.Name]
		if wanted.Path != "" {
			var err error
			if d, err = supervisor.Describe(ctx, wanted.Path, c.Sandbox); err != nil {
				return nil, err
			}
			found.paths[d.Name] = wanted.Path
		}
		if slices.ContainsFunc(found.definitions, func(other *platform.Definition) bool { return other.Name == d.Name }) {
			return nil, fmt.Errorf("platforms: %s says that it is the platform %s, which is there already", wanted.Path, d.Name)
		}
		for _, name := range []string{d.Name, wanted.Name} {
			if own, ok := c.PackageConfig[name]; ok {
				found.config[d.Name] = own
				d = withConcurrency(d, own)
				break
			}
		}
		found.definitions = append(found.definitions, d)
		note(slog.LevelInfo, "loaded platform %s v%s", d.Name, d.Version)
	}
	return found, nil
}

// withConcurrency follows the one setting of a platform that is not its worker's
// but ours: how many jobs the worker is given at a time.
func withConcurrency(d *platform.Definition, own []byte) *platform.Definition {
	var c struct{ Concurrency int }
	if err := json.Unmarshal(own, &c); err != nil || c.Concurrency < 1 {
		return d // of an external platform it may mean anything
	}
	changed := *d
	changed.Concurrency = c.Concurrency
	return &changed
}

func names(definitions []*platform.Definition) string {
	list := make([]string, len(definitions))
	for i, d := range definitions {
		list[i] = d.Name
	}
	return strings.Join(list, ", ")
}

// types are the types of message that a platform takes.
func types(d *platform.Definition) string {
	list := slices.Sorted(maps.Keys(d.Verbs))
	if d.Schemas.Credentials != nil {
		list = append([]string{"credentials"}, list...)
	}
	return strings.Join(list, ", ")
}
