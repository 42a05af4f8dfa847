package packaging

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/testdata/peer"
)

// The alert rules are what Prometheus takes.
func TestAlertRules(t *testing.T) {
	output(t, exec.Command(peer.Program(t, "promtool"), "check", "rules", "alerts.yml"))
}

// Rules and dashboard name metrics that there are.
func TestMetricsHaveTheirNames(t *testing.T) {
	names := map[string]bool{}
	for _, pattern := range []string{"../gateway/telemetry/*.go", "../daemon/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`"(sockethub_[a-z_]+)"`).FindAllStringSubmatch(string(text), -1) {
				names[m[1]] = true
			}
		}
	}
	used := 0
	for _, file := range []string{"alerts.yml", "grafana.json"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\bsockethub_[a-z_]+`).FindAllString(string(text), -1) {
			used++
			if name = strings.TrimSuffix(name, "_bucket"); !names[name] {
				t.Errorf("%s: there is no metric %s", file, name)
			}
		}
	}
	if used < 20 {
		t.Errorf("found %d names of metrics", used)
	}
}

// Every expression of the dashboard is one that Prometheus can read.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile("grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	var rules strings.Builder
	rules.WriteString("groups:\n- name: dashboard\n  rules:\n")
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			expr := strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*").Replace(target.Expr)
			quoted, err := json.Marshal(expr)
			if err != nil {
				t.Fatal(err)
			}
			rules.WriteString("  - alert: A" + strings.Repeat("a", rules.Len()%97) + "\n    expr: " + string(quoted) + "\n")
		}
	}
	path := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(path, []byte(rules.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	output(t, exec.Command(peer.Program(t, "promtool"), "check", "rules", "--lint=none", path))
}
