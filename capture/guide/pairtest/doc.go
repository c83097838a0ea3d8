// Package pairtest is a pair for tests: a server and a client of our own, as functions and as
// programs with flags like those of the reference. It is test support, and no shipped program
// imports it.
//
//  1. [Server] is [peer.Serve] with real targets. [Client] is a SOCKS5 inbound over a [peer.Pool]
//     of sessions.
//  2. Both log the guide's lines, such as "Received HeartRequest (stream_id=0)", which they read
//     off the plaintext of their sessions.
//  3. [Main] makes a test's binary such a program, so that a test can start it as a child. A
//     [Fault] has it misbehave.
//
// All goroutines end with the context of the function that started them, which waits for them.
package pairtest
