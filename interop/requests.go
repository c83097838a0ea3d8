package interop

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/proxy"
)

// requestLimit is the timeout of a small request: longer than any answer takes, and short
// enough for pairs that answer no request.
const requestLimit = 5 * time.Second

// A Proxy sends requests to a target through the SOCKS proxy of a peer's client. Each has a
// connection, and so a stream, of its own.
type Proxy struct {
	target Target
	client *http.Client
	dial   func(ctx context.Context, network, addr string) (net.Conn, error)
}

// NewProxy returns a Proxy that uses the SOCKS proxy at socks.
func NewProxy(socks string, target Target) (Proxy, error) {
	dialer, err := proxy.SOCKS5("tcp", socks, nil, &net.Dialer{})
	if err != nil {
		return Proxy{}, err
	}
	dial := dialer.(proxy.ContextDialer).DialContext
	transport := &http.Transport{DialContext: dial, DisableKeepAlives: true}
	return Proxy{target, &http.Client{Transport: transport}, dial}, nil
}

// echo asks for a word, and returns how many bytes of the answer it compared.
func (p Proxy) echo(ctx context.Context, word string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	body, err := p.do(ctx, http.MethodGet, "/echo/"+word, nil)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	answer, err := io.ReadAll(body)
	if err != nil {
		return 0, err
	}
	if want := word + "\n"; string(answer) != want {
		return 0, fmt.Errorf("the answer is %q, want %q", answer, want)
	}
	return int64(len(answer)), nil
}

// download asks for size bytes and compares their digest. It returns how many were as they
// should be.
func (p Proxy) download(ctx context.Context, size int64) (int64, error) {
	body, err := p.do(ctx, http.MethodGet, fmt.Sprintf("/bulk/%d", size), nil)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	sum, n, err := digest(body)
	if err != nil {
		return 0, fmt.Errorf("after %d of %d bytes: %w", n, size, err)
	}
	if want := p.target.digest(size); sum != want {
		return 0, fmt.Errorf("%d bytes of SHA-256 %s arrived, want %d of %s", n, sum, size, want)
	}
	return n, nil
}

// upload sends size bytes and compares the digest that the target returns. It returns how
// many arrived as they were sent.
func (p Proxy) upload(ctx context.Context, size int64) (int64, error) {
	body, err := p.do(ctx, http.MethodPost, "/bulk", noise(size))
	if err != nil {
		return 0, err
	}
	defer body.Close()
	sum, err := io.ReadAll(body)
	if err != nil {
		return 0, err
	}
	if want := p.target.digest(size); string(sum) != want {
		return 0, fmt.Errorf("bytes of SHA-256 %s arrived, want %s", sum, want)
	}
	return size, nil
}

// do sends a request. It returns the body of an answer with status 200, for the caller to
// close.
func (p Proxy) do(ctx context.Context, method, path string, body io.Reader) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, method, p.target.URL+path, body)
	if err != nil {
		return nil, err
	}
	response, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("status %s", response.Status)
	}
	return response.Body, nil
}

// pingPong sends a byte to the mirror and back n times.
func pingPong(conn net.Conn, n int) error {
	if err := conn.SetDeadline(time.Now().Add(requestLimit)); err != nil {
		return err
	}
	var b [1]byte
	for i := range n {
		if _, err := conn.Write([]byte{byte(i)}); err != nil {
			return err
		}
		if _, err := io.ReadFull(conn, b[:]); err != nil {
			return err
		}
		if b[0] != byte(i) {
			return fmt.Errorf("byte %d came back as %d", i, b[0])
		}
	}
	return conn.SetDeadline(time.Time{})
}
