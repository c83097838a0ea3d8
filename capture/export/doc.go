// Package export writes what the journal holds for other programs and for people
// who want no screen: as JSON Lines ([JSON]) or as text ([Text]).
//
// A caller reads batches from the journal and hands each entry to a [Writer]. The
// writer makes one line of a frame or of a notice. Text has lines of incidents in place of
// those of all that they are made of. The writer makes a line of entries that
// the journal evicted before the caller read them ([Writer.Missed]), and it ends
// with the journal's totals ([Writer.Summary]).
//
// The names of the JSON lines and of their fields are a contract: scripts rely on
// them. Text has no such promise. Neither form passes on a control character that
// a peer sent.
//
// The writers hold no locks and start no goroutines.
package export
