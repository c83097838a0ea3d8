package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"anytls-inspect/protocol"
)

// The ports of addresses that name none.
const (
	serverPort = "443"
	listenPort = "9443"
)

// defaultListen is where clients connect where nothing else is said.
const defaultListen = loopback + ":" + listenPort

// loopback is the host of an address to listen on that is only a port.
const loopback = "127.0.0.1"

var (
	errNoHost = errors.New("the host is missing")
	errHost   = errors.New("the host is neither a name nor an IP address")
	errPort   = errors.New("the port is not a number from 1 to 65535")
)

// serverAddress returns the host:port of a server that is given as host[:port]. Its
// errors don't repeat the text.
func serverAddress(text string) (string, error) {
	host, port, err := splitAddress(text, serverPort)
	switch {
	case err != nil:
		return "", err
	case host == "":
		return "", errNoHost
	case !isHost(host):
		return "", errHost
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", errPort
	}
	return net.JoinHostPort(host, port), nil
}

// listenAddress returns the host:port of an address to listen on. A port alone is one of
// this machine's own, an IP address alone has the default port.
func listenAddress(text string) string {
	if _, err := strconv.ParseUint(text, 10, 16); err == nil {
		return net.JoinHostPort(loopback, text)
	}
	host, port, err := splitAddress(text, listenPort)
	if err != nil || !isIP(host) {
		return text
	}
	return net.JoinHostPort(host, port)
}

// splitAddress splits host[:port]; where the port is left out, it is other. An IPv6
// address may stand in brackets, and must where a port follows.
func splitAddress(text, other string) (host, port string, err error) {
	inner, bracketed := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	switch {
	case bracketed && closed && isIP(inner):
		return inner, other, nil
	case isIP(text), !strings.ContainsAny(text, ":[]"):
		return text, other, nil
	}
	host, port, err = net.SplitHostPort(text)
	var why *net.AddrError
	if errors.As(err, &why) {
		err = errors.New(why.Err) // without the address
	}
	return host, port, err
}

// checkListen checks that a text is an address to listen on. One with an @ may be a
// server's URI in the wrong place, with the password: of it nothing is in the error.
func checkListen(text string) error {
	switch {
	case strings.Contains(text, "@"):
		return errors.New("it has an @, as a server's URI may: to listen on, an address is host:port")
	case protocol.Printable(text) != text:
		return errors.New("it is not printable")
	}
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return fmt.Errorf("\"%s\" is not host:port: %w", text, err)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("\"%s\": the port \"%s\" is not a number from 0 to 65535", text, port)
	}
	return nil
}

// isHost tells whether a text can be the name or the IP address of a host.
func isHost(text string) bool { return isName(text) || isIP(text) }

// isName tells whether a text can be the name of a host, or of an address's zone.
func isName(text string) bool {
	return protocol.Printable(text) == text && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(`:/?#@%[]\<>"`, r)
	})
}

// isIP tells whether a text is an IP address, with a zone or without. To the library a zone is
// any text, also one that could not stand before a port.
func isIP(text string) bool {
	ip, err := netip.ParseAddr(text)
	return err == nil && isName(ip.Zone())
}
