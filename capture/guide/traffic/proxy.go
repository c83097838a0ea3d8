package traffic

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/net/proxy"
)

// loopback is where our own target is.
const loopback = "127.0.0.1"

// dialLimit is how long the SOCKS inbound may take to reply to a request.
const dialLimit = requestLimit - time.Second

// A Proxy sends requests through a SOCKS inbound. Each has a connection, and so a stream, of its
// own.
type Proxy struct {
	socks  string
	dialer proxy.ContextDialer
	client *http.Client

	target *Target // our own; nil: a URL of others
	sent   atomic.Uint64

	url     string // of others; empty: our own target
	answers answers
}

// To returns a Proxy to a target of our own.
func To(socks string, t *Target) (*Proxy, error) {
	p, err := through(socks)
	if err != nil {
		return nil, err
	}
	p.target = t
	return p, nil
}

// ToURL returns a Proxy to a URL of others, http or https. Certificates are verified with the
// system's roots. An answer that sends elsewhere is an answer.
func ToURL(socks, address string) (*Proxy, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("%q is not a URL such as https://example.com/", address)
	}
	p, err := through(socks)
	if err != nil {
		return nil, err
	}
	p.url = u.String()
	return p, nil
}

// through returns a Proxy without a target.
func through(socks string) (*Proxy, error) {
	if _, _, err := net.SplitHostPort(socks); err != nil {
		return nil, fmt.Errorf("the address of a SOCKS inbound is HOST:PORT: %w", err)
	}
	dialer, err := proxy.SOCKS5("tcp", socks, nil, inbound{})
	if err != nil {
		return nil, err
	}
	p := &Proxy{socks: socks, dialer: dialer.(proxy.ContextDialer)}
	p.client = &http.Client{
		Transport: &http.Transport{DialContext: p.dialRequest, DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
	return p, nil
}

// Own tells whether the target is our own: only then it has a mirror, and all kinds of targets.
func (p *Proxy) Own() bool { return p.target != nil }

// dial connects to an address through the SOCKS inbound, which resolves names.
func (p *Proxy) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := p.dialer.DialContext(ctx, network, addr)
	if err != nil {
		return nil, inboundFailed(err)
	}
	return conn, nil
}

// dialRequest dials for a request, and leaves it time to say that the inbound gave no reply.
func (p *Proxy) dialRequest(ctx context.Context, network, addr string) (net.Conn, error) {
	within, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	return p.dial(within, network, addr)
}

// do sends a request to our own target. It returns an answer with status 200, whose body the
// caller has to close.
func (p *Proxy) do(ctx context.Context, method, address string, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	response, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, failed("the target's answer has status %d", response.StatusCode)
	}
	return response, nil
}
