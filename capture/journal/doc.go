// Package journal is the bounded store between the sources, which record into
// it, and the readers, which pull from it. It runs a [session.Tracker] for each
// session and keeps what came out: frames and events in one ring, in order; the
// state of sessions and streams; counters that are exact for ever.
//
// Recording takes a short lock, does no I/O, and for the frames of streams that
// are open already allocates nothing. Readers get copies: a [View] of what a
// screen shows, or a [Batch] of the ring from a cursor on. A reader that was too
// slow is told how much it missed.
package journal
