// Package journal is the bounded store between the sources, which record events into
// it, and the readers, which pull from it what the events meant.
//
//  1. A source's goroutine calls [Journal.Record] with an event (package capture).
//     Events of several sessions, and of both directions of one, come concurrently.
//  2. The journal hands the event's bytes to the session's [session.Tracker], which
//     says what they mean (package session).
//  3. The tracker tells the session's trackedSession each frame and notice. These
//     become entries of one ring, in order; the data of frames goes to a second ring.
//     The totals count them for ever. The oldest closed sessions are forgotten.
//  4. The version goes up, so that readers see, without a lock, that there is news.
//  5. A reader pulls copies, when it likes: a [View] of what a screen shows, or a
//     [Batch] of entries from a cursor on. One that was too slow is told how many
//     entries it missed.
//
// Time passes by the events, as in a replay. A live source's owner also calls
// [Journal.Tick], several times a second, so that an unanswered heartbeat
// is given up even when nothing more arrives.
//
// The package starts no goroutines and does no I/O. Who guards what:
//
//	Journal.mu        all fields of the Journal but limits, cfg and version; the
//	                  trackers, and the Fleet that they share
//	Journal.version   atomic; written under mu
//	cfg.Schemes       its own lock: the relay shares it; taken under mu
//	a Batch, a View   the reader that has it
//
// Called under mu: the methods of trackers, which call back Frame and Notice of a
// trackedSession, and a reader's [FrameQuery].Match. None of these may call the
// journal. Recording the frames of streams that are open already allocates nothing.
package journal
