package session

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Millis is a duration that JSON shows in milliseconds, to the microsecond.
type Millis time.Duration

// Duration returns m as the standard library's type.
func (m Millis) Duration() time.Duration { return time.Duration(m) }

// Float returns m in milliseconds, to the microsecond.
func (m Millis) Float() float64 { return float64(time.Duration(m).Microseconds()) / 1000 }

// String returns m as it is shown in a table, such as "0.42 ms".
func (m Millis) String() string {
	switch ms := m.Float(); {
	case ms < 10:
		return fmt.Sprintf("%.2f ms", ms)
	case ms < 100:
		return fmt.Sprintf("%.1f ms", ms)
	default:
		return fmt.Sprintf("%.0f ms", ms)
	}
}

// MarshalJSON implements [encoding/json.Marshaler].
func (m Millis) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, m.Float(), 'f', -1, 64), nil
}

// UnmarshalJSON implements [encoding/json.Unmarshaler].
func (m *Millis) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	ms, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return fmt.Errorf("%.40q is not a number of milliseconds", b)
	}
	const most = float64(math.MaxInt64 / int64(time.Millisecond))
	*m = Millis(math.Round(min(max(ms, -most), most)*1000)) * Millis(time.Microsecond)
	return nil
}
