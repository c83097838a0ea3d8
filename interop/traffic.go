package interop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"time"

	"golang.org/x/net/proxy"
)

const (
	requests   = 200      // small requests in a round
	atOnce     = 8        // of them
	bulk       = 50 << 20 // bytes of a download, and of an upload
	maxExcuses = 5        // failures that are told in full
)

// Traffic is what came of the requests that were sent through a pair of peers.
type Traffic struct {
	Requests int
	Failed   int
	Failures []string // the first few
	Down, Up Transfer
}

// A Transfer is what was moved one way in bulk, and arrived whole.
type Transfer struct {
	Bytes int64
	Took  time.Duration
}

// Rate is in megabytes (10⁶) a second.
func (t Transfer) Rate() float64 {
	if t.Took == 0 {
		return 0
	}
	return float64(t.Bytes) / 1e6 / t.Took.Seconds()
}

// A Target is the web server that the traffic is for.
type Target struct{ *httptest.Server }

// NewTarget starts one on loopback.
func NewTarget() Target {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /echo/{word}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, r.PathValue("word"))
	})
	mux.HandleFunc("GET /bulk", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(bulk))
		// An error here is the client's to notice.
		_, _ = io.Copy(w, noise())
	})
	mux.HandleFunc("POST /bulk", func(w http.ResponseWriter, r *http.Request) {
		sum, _, err := digest(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprint(w, sum)
	})
	return Target{httptest.NewServer(mux)}
}

// Round sends one round of traffic to target through the SOCKS proxy at socks,
// and adds what came of it: small requests, then a download, then an upload.
// Each goes through a connection of its own, and so through a stream of its own.
func (t *Traffic) Round(ctx context.Context, socks string, target Target) error {
	dialer, err := proxy.SOCKS5("tcp", socks, nil, &net.Dialer{})
	if err != nil {
		return err
	}
	transport := &http.Transport{DialContext: dialer.(proxy.ContextDialer).DialContext, DisableKeepAlives: true}
	client := &http.Client{Transport: transport}

	t.small(ctx, client, target)

	start := time.Now()
	err = download(ctx, client, target)
	t.count("download", err)
	if err == nil {
		t.Down.Bytes, t.Down.Took = t.Down.Bytes+bulk, t.Down.Took+time.Since(start)
	}

	start = time.Now()
	err = upload(ctx, client, target)
	t.count("upload", err)
	if err == nil {
		t.Up.Bytes, t.Up.Took = t.Up.Bytes+bulk, t.Up.Took+time.Since(start)
	}
	return ctx.Err()
}

// small sends the small requests of a round, some at once.
func (t *Traffic) small(ctx context.Context, client *http.Client, target Target) {
	type result struct {
		name string
		err  error
	}
	words, results := make(chan string), make(chan result)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for word := range words {
				results <- result{"request " + word, echo(ctx, client, target, word)}
			}
		})
	}
	go func() {
		for i := range requests {
			words <- strconv.Itoa(i)
		}
		close(words)
		workers.Wait()
		close(results)
	}()
	for r := range results {
		t.count(r.name, r.err)
	}
}

// count counts a request and what came of it.
func (t *Traffic) count(name string, err error) {
	t.Requests++
	if err == nil {
		return
	}
	t.Failed++
	if len(t.Failures) < maxExcuses {
		t.Failures = append(t.Failures, fmt.Sprintf("%s: %v", name, err))
	}
}

func echo(ctx context.Context, client *http.Client, target Target, word string) error {
	body, err := do(ctx, client, http.MethodGet, target.URL+"/echo/"+word, nil)
	if err != nil {
		return err
	}
	defer body.Close()
	answer, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	if want := word + "\n"; string(answer) != want {
		return fmt.Errorf("the answer is %q, want %q", answer, want)
	}
	return nil
}

func download(ctx context.Context, client *http.Client, target Target) error {
	body, err := do(ctx, client, http.MethodGet, target.URL+"/bulk", nil)
	if err != nil {
		return err
	}
	defer body.Close()
	sum, n, err := digest(body)
	if err != nil {
		return err
	}
	if sum != noiseDigest() {
		return fmt.Errorf("%d bytes of SHA-256 %s arrived, want %d of %s", n, sum, bulk, noiseDigest())
	}
	return nil
}

func upload(ctx context.Context, client *http.Client, target Target) error {
	body, err := do(ctx, client, http.MethodPost, target.URL+"/bulk", noise())
	if err != nil {
		return err
	}
	defer body.Close()
	sum, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	if string(sum) != noiseDigest() {
		return fmt.Errorf("bytes of SHA-256 %s arrived, want %s", sum, noiseDigest())
	}
	return nil
}

// do sends a request and returns the answer's body if the status is 200.
func do(ctx context.Context, client *http.Client, method, url string, body io.Reader) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("status %s", response.Status)
	}
	return response.Body, nil
}

// noise is the content of a bulk transfer: the same each time, and such that
// bytes lost, doubled or swapped change its digest.
func noise() io.Reader {
	return io.LimitReader(rand.NewChaCha8([32]byte{}), bulk)
}

var noiseDigest = sync.OnceValue(func() string {
	sum, _, _ := digest(noise()) // it can't fail
	return sum
})

func digest(r io.Reader) (sum string, n int64, err error) {
	hash := sha256.New()
	n, err = io.Copy(hash, r)
	return hex.EncodeToString(hash.Sum(nil)), n, err
}
