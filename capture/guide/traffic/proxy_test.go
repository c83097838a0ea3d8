package traffic

import (
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"anytls-inspect/capture/report"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newTarget returns a target that ends with the test.
func newTarget(t *testing.T) *Target {
	t.Helper()
	target, err := NewTarget()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(target.Close)
	return target
}

// newProxy returns a Proxy through a server to a new target.
func newProxy(t *testing.T, s *socksServer) *Proxy {
	t.Helper()
	target := newTarget(t)
	p, err := To(s.start(t), target)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// works fails the test unless so many requests were sent and all went well.
func works(t *testing.T, got report.Traffic, requests uint64) {
	t.Helper()
	if got.Requests != requests || got.Failed != 0 || got.BytesCompared == 0 || got.Failures != nil {
		t.Errorf("got %+v, want %d requests that went well", got, requests)
	}
}

func TestAllGoesWell(t *testing.T) {
	p := newProxy(t, new(socksServer))
	if !p.Own() {
		t.Error("the target is our own")
	}
	works(t, p.Spaced(t.Context(), 4, time.Millisecond), 4)
	works(t, p.Parallel(t.Context(), 50, 8), 50)
	steady := p.Steady(t.Context(), 40*time.Millisecond, 10*time.Millisecond)
	if steady.Requests > 4 {
		t.Errorf("%d requests in the time of 4", steady.Requests)
	}
	works(t, steady, max(steady.Requests, 1)) // a busy machine is late
	works(t, p.Datagrams(t.Context(), 10), 10)
	for _, size := range []int64{1, 3_000_000} {
		if rate, err := p.Download(t.Context(), size); err != nil || rate <= 0 {
			t.Errorf("download of %d bytes: %v, %v", size, rate, err)
		}
		if rate, err := p.Upload(t.Context(), size); err != nil || rate <= 0 {
			t.Errorf("upload of %d bytes: %v, %v", size, rate, err)
		}
	}
	p.limits.silence = 300 * time.Millisecond
	kinds := p.Kinds(t.Context())
	var names []string
	for _, kind := range kinds {
		names = append(names, kind.Kind)
		if !kind.OK {
			t.Errorf("%+v", kind)
		}
	}
	want := []string{"ipv4", "ipv6", "name", "slow", "refused", "silent"}
	if !p.target.web.six {
		want = slices.DeleteFunc(want, func(s string) bool { return s == "ipv6" })
	}
	if !slices.Equal(names, want) {
		t.Errorf("kinds %v, want %v", names, want)
	}
}
