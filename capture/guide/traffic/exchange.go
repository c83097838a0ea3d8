package traffic

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
)

const maxHeader = 1 << 16 // bounds the header of an answer, in bytes

// exchange sends a request over a connection of its own, and hands the answer to take. A body has
// a size. An answer that sends elsewhere is an answer.
func (p *Proxy) exchange(ctx context.Context, method string, to *url.URL, body io.Reader, size int64, take func(*http.Response) error) error {
	request, err := http.NewRequestWithContext(ctx, method, to.String(), body)
	if err != nil {
		return err
	}
	request.ContentLength = size
	request.Header.Set("User-Agent", "anytls-inspect")
	if to.User != nil {
		password, _ := to.User.Password()
		request.SetBasicAuth(to.User.Username(), password)
	}
	once := http.Transport{
		DialContext: p.reach, TLSClientConfig: &tls.Config{RootCAs: p.roots},
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxHeader,
	}
	response, err := once.RoundTrip(request) // which follows nobody elsewhere
	if err != nil {
		return unanswered(ctx, err)
	}
	defer response.Body.Close()
	return take(response)
}

// reach connects to an address through the SOCKS inbound. It leaves a request time to say that
// the inbound gave no reply.
func (p *Proxy) reach(ctx context.Context, network, addr string) (net.Conn, error) {
	within, cancel := context.WithTimeout(ctx, p.limits.reply)
	defer cancel()
	conn, err := p.Dial(within, network, addr)
	if partOf(err) == waiting {
		return nil, &said{text: fmt.Sprintf("the client's SOCKS inbound gave no reply within %g s", p.limits.reply.Seconds()), of: waiting, err: err}
	}
	if err != nil {
		return nil, err
	}
	return moving{conn, p.limits.still}, nil
}
