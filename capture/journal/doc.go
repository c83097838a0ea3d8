// Package journal is the bounded store between the sources, which record events into
// it, and the readers, which ask it what the events meant.
//
//  1. A source's goroutine calls [Journal.Record] with an event (package capture).
//     Events of several sessions, and of both directions of one, come concurrently.
//  2. The journal hands the event's bytes to the session's [session.Tracker], which
//     says what they mean (package session).
//  3. The tracker tells the session each frame and notice. They gather in the session's
//     draft, in order.
//  4. The draft goes into the ring in one go: an item a TLS record, the headers of its
//     frames, the beginnings of their data; and an item a notice. The ring forgets the
//     oldest. The totals count for ever.
//     Before a notice gets its item, [session.Incidents] says which incident it belongs
//     to. One that this opens gets an item before it, and one that has grown, or is
//     closed, gets one when time shows it.
//  5. The version goes up, and whoever waits for that ([Journal.Changed]) is woken.
//  6. A reader asks, when it likes: [Look] answers an [Ask], with copies, and a [Batch]
//     takes all entries from a cursor on. A frame becomes an [Entry] when it is looked
//     at. A reader that was too slow is told how many entries it missed.
//  7. A reader that stands still takes a [Snapshot] ([Take]). Look asks that as it asks
//     the journal, and gets what there was, while the journal goes on.
//
// What a source could not see of a session is its [Evidence], in addition to that on which the
// tracker judges; the totals add it up. The notices [Gap], [Unseen] and [Order] tell of it
// among the session's frames, in the same words wherever people read them.
//
// What was known of a frame when it passed, beyond what its entry says, are its [Facts]: the
// journal keeps them where its [Limits] ask for that, since only some filters do.
//
// Time passes by the events, as in a replay. A live source's owner also calls
// [Journal.Tick], several times a second, so that an unanswered heartbeat
// is given up even when nothing more arrives. Where much passes at once, it does so in
// steps, for all sessions, so that what it brings about is in order.
//
// The package starts no goroutines and does no I/O. Who guards what:
//
//	sessions.mu          the list of sessions
//	trackedSession.mu    one session: its tracker, its evidence and its draft
//	Journal.ringMu       the ring and all that is not one session's: totals, incidents,
//	                     routes and credentials, where it listens, the version
//	Journal.ticked       atomic
//	sessions.recent      atomics; written with sessions.mu held
//	turnstile.waiting    atomic
//	cfg.Schemes, Fleet   locks of their own, taken under a session's: sessions share them
//	cfg.Budget           atomics: sessions share it
//	a Batch, a Search    the reader that has it
//
// A lock is taken under one that stands above it in this table, never the other way,
// and no session's under that of the list or of another session. A session that is closed
// changes no more: who has seen that under its lock may read it without. One that has to
// forget its streams is replaced in the list by a copy. A Snapshot has no lock; it takes
// the ring's to look at frames. Trackers call back Frame and Notice of a trackedSession
// under its lock; these must not call the journal.
//
// Nothing of a reader's runs under a lock: [AskFrames].Match gets copies of entries. Who
// has much to copy takes turns of a few dozen entries, and lets those go first who wait
// to record. So these wait for a reader no longer than one turn takes, or the copying of
// one session's facts. Recording the frames of streams that are open already allocates
// nothing, but for a session that was idle for seconds. Incidents are few and small: a
// diagnostic looks through the open ones, at most 64, and each that is told of is copied.
// Readers have sentences and lists made of them outside the lock.
package journal
