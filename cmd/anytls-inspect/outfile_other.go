//go:build !unix

package main

// noFollow is nothing: links that anybody may make are Unix's.
const noFollow = 0
