package queue

// Owners is how many owners a memory store keeps credentials of.
func Owners(s Store) int { return len(s.(*memory).credentials.owners) }

// Records is how many requests a memory store keeps the answers of.
func Records(s Store) int {
	m := s.(*memory).replay
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.places)
}
