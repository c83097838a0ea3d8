// Package gate decides what becomes of the frames of a relayed session: which are
// forwarded, which answers are absorbed, and where a frame can be inserted. It does
// no I/O, reads no clock and starts no goroutine.
//
// A [Gate] has one direction of a session, and [Shared] is what the two gates of a
// session know together. A record takes this way:
//
//  1. The link hands the plaintext of one TLS record to [Gate.Decide].
//  2. The gate follows the framing through it, frame by frame (section Session of the
//     protocol document).
//  3. It enters each HeartRequest into the ledger of its direction, and settles
//     the oldest one with each HeartResponse: an answer that the relay is owed is
//     absorbed, one that a peer is owed goes on, and in doubt it goes on.
//  4. It notes when the client's Settings are complete and when its padding scheme
//     has ended (sections cmdSettings, cmdUpdatePaddingScheme and paddingScheme).
//  5. The link carries the verdicts out in order: it records each part, and
//     writes what goes on as one record.
//
// Where rules are on, the link calls [Gate.Begin] and [Gate.Sift] in place of Decide. The gate
// then asks [Rules] about each frame, gathers the ones that they touch, and hands out the
// record part by part; the link carries out a part before it asks for the next, since it
// depends on what waits whether a frame has to.
//
// A gate is for one goroutine at a time: its link sees to that. What guards [Shared]
// and [Rooms]:
//
//	mu        the ledgers: both gates, and whoever asks whether a request may be inserted
//	rooms     itself
//	atomics   settings, set by the client's link once it wrote them; unpadded, opaque and
//	          updatedStop, set by the gates; anybody reads them
package gate
