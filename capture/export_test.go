package capture

// Held returns how many sessions the registry holds.
func (r *Registry) Held() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.live)
}
