package config

import "github.com/sockethub/sockethub/platform/policy"

// ruleList is an array of the policy's rules.
func ruleList() kind[[]string] {
	return kind[[]string]{
		name: "array of hosts", nodes: "[", schema: `"type":"array","items":{"type":"string"}`,
		allowed: "an array of hosts, as irc.example, *.example, 203.0.113.7, 10.0.0.0/8 or *, each maybe with :port or :low-high",
		encode: func(list []string) string {
			if list == nil {
				list = []string{}
			}
			return encodeJSON(list)
		},
		parse: func(text string) ([]string, *Problem) {
			list := splitList(text)
			for _, rule := range list {
				if _, err := policy.ParseRule(rule); err != nil {
					return nil, &Problem{Found: quote(rule)}
				}
			}
			return list, nil
		},
	}
}
