// Package replay makes of a packet capture the events that the relay would have
// made of the same connections: packets → TCP in order → TLS records opened →
// [capture.Event]. It is one pass over the capture, which may be a pipe that
// still grows; what it holds does not grow with it.
//
// Every TCP connection in the capture is a session, in the order of their first
// packets, whatever its port. What can't be decoded of one, for want of a key or
// of packets, or since it is no TLS, is said when it closes, and is no error of
// the replay.
//
// The work goes through four stages, which hand on batches of packets of what
// one read brought, so that a file keeps both cores busy and a pipe waits for
// nothing:
//
//	read     the file's blocks                     (package pcapfile)
//	sort     packets to flows, flows to workers    (sorter: in the file's order)
//	work     TCP in order, TLS opened              (worker: each its own flows)
//	record   events to the sink                    (Run: in the packets' order again)
//
// So sessions are spread over the cores, and yet the sink gets the same events
// in the same order each time.
package replay
