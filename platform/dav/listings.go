package dav

import (
	"container/list"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"sync"
)

// Bounds of the listings that a worker keeps for servers without RFC 6578.
const (
	maxListings     = 64
	maxListingBytes = 16 << 20
)

// listing is what a collection held when a client was told of it.
type listing struct {
	token string
	owner accountKey
	of    string // the collection's key
	ctag  string // the collection's own tag then, "" if it has none
	tags  map[string]string
	urls  map[string]string // by key, as they are told to clients
	bytes int
}

// newListing makes a listing, whose token is made of what is in it and of who
// asked: the same state has the same token, and nobody can name another's.
func newListing(account accountKey, c *Collection, ctag string, items []*Item) *listing {
	l := &listing{owner: account, of: Key(c.URL), ctag: ctag, tags: make(map[string]string, len(items)), urls: make(map[string]string, len(items))}
	keys := make([]string, 0, len(items))
	for _, item := range items {
		if _, ok := l.tags[item.Key]; !ok {
			keys = append(keys, item.Key)
		}
		l.tags[item.Key] = item.ETag
		l.urls[item.Key] = item.URL.String()
		l.bytes += 2*len(item.Key) + len(item.ETag) + 64
	}
	slices.Sort(keys)
	h := hmac.New(sha256.New, account[:])
	write := func(s string) {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	write(l.of)
	for _, key := range keys {
		write(key)
		write(l.tags[key])
	}
	l.token = listingToken + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
	return l
}

// listings holds those used last, by their tokens.
type listings struct {
	mu      sync.Mutex // guards the fields below
	byToken map[string]*list.Element
	order   list.List // of *listing, the one used last in front
	bytes   int
}

func newListings() *listings { return &listings{byToken: map[string]*list.Element{}} }

// get returns a listing, nil if it is not known or forgotten, or somebody else's.
func (l *listings) get(token string, owner accountKey, c *Collection) *listing {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.byToken[token]
	if !ok {
		return nil
	}
	kept := e.Value.(*listing)
	if kept.owner != owner || kept.of != Key(c.URL) {
		return nil
	}
	l.order.MoveToFront(e)
	return kept
}

// put keeps a listing, and forgets those used least.
func (l *listings) put(kept *listing) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byToken[kept.token]; ok {
		l.remove(e)
	}
	l.byToken[kept.token] = l.order.PushFront(kept)
	l.bytes += kept.bytes
	for l.order.Len() > maxListings || l.bytes > maxListingBytes && l.order.Len() > 1 {
		l.remove(l.order.Back())
	}
}

func (l *listings) remove(e *list.Element) {
	old := e.Value.(*listing)
	l.bytes -= old.bytes
	delete(l.byToken, old.token)
	l.order.Remove(e)
}
