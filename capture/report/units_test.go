package report

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"anytls-inspect/protocol/session"
)

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0", 250 * time.Microsecond: "0.25 ms", 100 * time.Millisecond: "100 ms", 1500 * time.Millisecond: "1.5 s",
		90 * time.Second: "90 s", time.Minute: "1 min", 10 * time.Minute: "10 min", 90 * time.Minute: "90 min", 5 * time.Hour: "5 h",
	} {
		if got := short(session.Millis(d)); got != want {
			t.Errorf("short(%v) = %q, want %q", d, got, want)
		}
	}
}

// Ten minutes less some milliseconds are ten, and anything less is not.
func TestMinutes(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.00", 3 * time.Second: "0.05", time.Minute: "1.0",
		10*time.Minute - 20*time.Millisecond: "10.0", 10*time.Minute - 3*time.Second: "9.9", 25 * time.Hour: "1500.0",
	} {
		if got := minutes(session.Millis(d)); got != want {
			t.Errorf("minutes(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 50 << 20: "50.0 MiB", math.MaxUint64: "16.0 EiB",
	} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestRuns(t *testing.T) {
	for _, tt := range []struct {
		list []int
		want string
	}{
		{nil, ""},
		{[]int{4}, "4"},
		{[]int{1, 2}, "1, 2"},
		{[]int{1, 2, 3, 5, 7, 8, 9}, "1–3, 5, 7–9"},
	} {
		if got := runs(tt.list); got != tt.want {
			t.Errorf("runs(%v) = %q, want %q", tt.list, got, tt.want)
		}
	}
}

func TestMillis(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		json string
		text string
	}{
		{0, "0", "0.00 ms"},
		{1234567 * time.Nanosecond, "1.234", "1.23 ms"},
		{20 * time.Millisecond, "20", "20.0 ms"},
		{3 * time.Second, "3000", "3000 ms"},
	} {
		b, err := json.Marshal(session.Millis(tt.d))
		if err != nil || string(b) != tt.json {
			t.Errorf("%v is %s in JSON (%v), want %s", tt.d, b, err, tt.json)
		}
		var back session.Millis
		if err := json.Unmarshal(b, &back); err != nil || back.Duration() != tt.d.Truncate(time.Microsecond) {
			t.Errorf("%s is %v (%v), want %v", b, back.Duration(), err, tt.d)
		}
		if got := session.Millis(tt.d).String(); got != tt.text {
			t.Errorf("%v is %q, want %q", tt.d, got, tt.text)
		}
	}
	for text, want := range map[string]session.Millis{
		"1e300": session.Millis(math.MaxInt64 / int64(time.Millisecond) * int64(time.Millisecond)), "null": 0, "-1": session.Millis(-time.Millisecond),
	} {
		var got session.Millis
		if err := json.Unmarshal([]byte(text), &got); err != nil || (got-want).Duration().Abs() > time.Second {
			t.Errorf("%s is %v (%v), want %v", text, got.Duration(), err, want.Duration())
		}
	}
	var got session.Millis
	if err := json.Unmarshal([]byte(`"1s"`), &got); err == nil {
		t.Error("a string was taken for milliseconds")
	}
}
