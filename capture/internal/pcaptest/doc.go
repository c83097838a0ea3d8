// Package pcaptest changes captures for tests, as life does: it drops and cuts packets,
// shifts clocks, sorts by direction, fragments and encapsulates. What a replay says of a
// changed capture is held to what it says of the untouched one, the truth.
package pcaptest
