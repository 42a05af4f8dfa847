// Package messages writes what clients may send and what they get: a page of
// Markdown for each platform, and the types of the client library in TypeScript.
//
//	schemas/messages.json   "definitions":{"types":{"fetch":{"title":"Read a feed","description":"…"}}}
//	schemas/responses.json  what comes back, member by member
//	schemas/examples.json   {"exchanges":[{"message":{"type":"fetch",…},"answer":{"type":"collection",…}}]}
//	      │
//	      ├── Pages ──────► docs/messages.md, docs/messages/feeds.md, …
//	      └── TypeScript ─► sockethub-client.d.ts
//
// Examples are exchanges with the real program and real servers: a test in
// testdata/e2e replays them, and records them anew.
//
// Read page.go first, then members.go, examples.go, layout.go and typescript.go.
package messages
