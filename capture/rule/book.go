package rule

import (
	"errors"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"anytls-inspect/capture"
)

// A Book has the rules of a run. It is safe for concurrent use. Use [NewBook].
type Book struct {
	seed uint64
	warn func(rule uint16, text string) // nil: nobody is told

	mu    sync.Mutex // guards what follows, and who stores page
	last  uint16     // the highest number that was given
	turns uint64     // how often a rule began to ask for targets
	rules []*Rule    // by number

	// page is what judges go by; nil where no rule is on.
	page atomic.Pointer[page]
}

// A page is the rules that are on, at one time. It is never written to.
type page struct {
	rules  []*Rule
	data   bool // one looks into frames' data
	client bool // one asks for the client's name
	target bool // one asks for targets
	// turn says since when one has: what a session knew of its streams before may be old.
	turn uint64
}

// ErrTooManyRules says that no number is left for a rule.
var ErrTooManyRules = errors.New("no number is left for another rule")

// NewBook returns the book of rules, which are numbered from 1 in their order, and on. What
// [Parse] returned can be in one book at most. The seed makes chance repeatable.
func NewBook(rules []*Rule, seed uint64) (*Book, error) {
	b := &Book{seed: seed}
	for _, r := range rules {
		if err := b.add(r); err != nil {
			return nil, err
		}
	}
	b.turn()
	return b, nil
}

// OnWarning has tell called where the expression of a rule fails at a frame, once for each
// rule. The text is printable. It must be called before the first [Book.Session].
func (b *Book) OnWarning(tell func(rule uint16, text string)) { b.warn = tell }

// Rules returns the rules, in the order of their numbers.
func (b *Book) Rules() []*Rule {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.rules)
}

// Add reads a rule, and adds it behind the others, switched on. Its number was never given
// before.
func (b *Book) Add(text string) (*Rule, error) {
	r, err := Parse(text)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.add(r); err != nil {
		return nil, err
	}
	b.turn()
	return r, nil
}

// Remove removes the rule with a number. It returns false where there is none.
func (b *Book) Remove(number uint16) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := b.find(number)
	if i < 0 {
		return false
	}
	b.rules[i].on.Store(false)
	b.rules[i].removed.Store(true)
	b.rules = slices.Delete(b.rules, i, i+1)
	b.turn()
	return true
}

// Set switches the rule with a number on or off. It returns false where there is none.
func (b *Book) Set(number uint16, on bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := b.find(number)
	if i < 0 {
		return false
	}
	b.rules[i].on.Store(on)
	b.turn()
	return true
}

// find returns where the rule with a number is; -1: nowhere.
func (b *Book) find(number uint16) int {
	return slices.IndexFunc(b.rules, func(r *Rule) bool { return r.number == number })
}

// add numbers a rule, and adds it.
func (b *Book) add(r *Rule) error {
	if b.last == math.MaxUint16 {
		return ErrTooManyRules
	}
	b.last++
	r.number = b.last
	r.on.Store(true)
	b.rules = append(b.rules, r)
	return nil
}

// turn makes the page of the rules that are on.
func (b *Book) turn() {
	p := &page{}
	for _, r := range b.rules {
		if r.On() {
			p.rules = append(p.rules, r)
			p.data = p.data || r.LooksIntoData()
			p.client = p.client || r.expression.Uses("client")
			p.target = p.target || r.expression.Uses("target")
		}
	}
	if before := b.page.Load(); p.target && (before == nil || !before.target) {
		b.turns++
	}
	p.turn = b.turns
	if len(p.rules) == 0 {
		p = nil
	}
	b.page.Store(p)
}

// Session returns what the rules know of a session that begins at a time.
func (b *Book) Session(id capture.SessionID, route string, began time.Time) *Session {
	return &Session{book: b, id: id, route: route, began: began}
}
