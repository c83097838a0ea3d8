package journal

// A news tells readers that there is something new. The journal's ringMu guards it.
type news struct {
	version uint64
	next    chan struct{} // closed with the next version; nil while nobody waits
}

// tell says that there is something new.
func (n *news) tell() {
	n.version++
	if n.next != nil {
		close(n.next)
		n.next = nil
	}
}

// tell says that there is something new that no draft brought.
func (j *Journal) tell() {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	j.news.tell()
}

// Version returns a number that rises whenever there may be something new to see.
func (j *Journal) Version() uint64 {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	return j.news.version
}

// Changed returns a channel that is closed once the version is not since any more.
func (j *Journal) Changed(since uint64) <-chan struct{} {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	if j.news.version != since {
		return changed
	}
	if j.news.next == nil {
		j.news.next = make(chan struct{})
	}
	return j.news.next
}

// changed is closed. It is never written to.
var changed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()
