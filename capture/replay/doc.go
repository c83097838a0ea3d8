// Package replay turns a packet capture into the events that the relay would have
// made of the same connections. It goes over the capture once, which may be a pipe
// that still grows. What it holds does not grow with the capture.
//
// A [Source] sends batches of packets through a pipeline:
//
//  1. Read (one goroutine): a batch is filled with the packets that one read of the
//     capture brings, by package pcapfile. Several captures are merged by time.
//  2. Sort (one goroutine): packets are decoded down to TCP and given to flows, in the
//     order of the capture. Flows are given to workers, and numbered as sessions.
//  3. Work (a goroutine a worker): an aligner puts the packets of a connection's two
//     directions into the order in which they were sent, each direction's bytes are put into
//     order by package tcpflow, findClient says which end is the client, package tlstap opens
//     the TLS records, and what it finds becomes events.
//  4. Emit (the goroutine of Run): once all workers are done with a batch, its events go
//     to the sink, in the order of the packets again. A single worker gives them to the
//     sink itself.
//
// So sessions are spread over the cores, a pipe waits for nothing, and the sink
// gets the same events in the same order however many workers there are.
//
// What guards what:
//
//	input, merge         the read goroutine
//	batch                who has received it last; parts[i] is worker i's until done
//	sorter, flowTable    the sort goroutine; Run's, once that has ended
//	connection, joint    the goroutine of its worker, once its first packet is handed over;
//	                     both legs of a session have the same
//	worker               its goroutine
//	keys                 keys.mu: files, parsers, what is read ahead; the store has a lock
//	                     of its own; the rest is atomic
//	slabs                a sync.Pool
//	tcpflow.Limits       shared by the workers, safe for concurrent use
//	Pacer                Pacer.mu
//
// Who ends which goroutine:
//
//	read      the end of the capture, or Run when it returns; but a read that blocks goes
//	          on until it returns, since nothing can interrupt it
//	sort      the last batch, or the end of Run's context
//	workers   sort closes their channels; Run waits for them
//
// Every TCP connection of the capture that carries anything is a session, whatever its
// port; so is one that is refused, gets no answer or does not end. One that ends without a
// byte is a probe, as in the relay. The sessions are numbered by their first bytes, those of
// a recording as they were in the recorded run, where that leaves the numbers different. The
// two legs of one are one session: see joint. What can't be decoded of one, for want of a key or of
// packets, or since it is not TLS, is the reason of its Closed event, and no error of the
// replay.
//
// Packets are read down to the innermost TCP: through VLAN tags, MPLS, PPP and PPPoE, GRE and
// ERSPAN, VXLAN, Geneve, GTP-U, IP in IP and Ethernet in IP, at most maxDepth of them, and out of
// fragments, for which memory is bounded. What of a packet was not captured is missing from
// its stream: cutOff says so of a session. A packet of another kind is counted, and named at
// the end where it may hold TCP. Bytes with a bad checksum, of a sender whose checksums are
// good else, are doubtful: see sums and [tcpflow.Segment].
//
// Order between the two directions comes from acknowledgements: a packet that acknowledges
// bytes comes behind those that have them. So it waits, where the capture has these later, and
// its time says by how much the clocks of two taps differ; see aligner and skew. A regular
// file is waited for to its end, within the memory that streams share; a pipe for a second. What
// packets behind them show to be lost is waited for until some more have come. Then a Gap is
// told, or that a direction is not seen at all, or the order is uncertain, and no more waits:
// [capture.Order].
//
// Bytes stand where they are not acknowledged for a second of the capture's time. A capture
// may lack the acknowledgement, or all that one end sent. So something else has to say so,
// too: the receiver's window is shut, the sender sends again or tries the window, or the
// receiver speaks without acknowledging them. A sender that goes on with new bytes alone has
// acknowledgements that the capture lacks. See progress. A
// recording of the relay has made-up acknowledgements, and comments instead:
// [capture.StateNote].
//
// What the relay did with frames, notes in a recording say: [capture.Note]. A marker gives the
// frames of a leg their fates by them. A joint tells a frame that a rule touched once, when and
// as the receiver's leg has it: see jointRuled. One leg alone tells of a frame that waited on
// its sender's leg only that it did.
package replay
