// Package demo is the traffic of the demo: clients, an AnyTLS server and what its
// streams are for, in one process and on loopback.
package demo
