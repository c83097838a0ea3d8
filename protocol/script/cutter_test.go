package script_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
	"anytls-inspect/protocol/session"
)

// TestCutter holds what becomes of records: a line for each frame, and one for what
// is there of a frame that was cut.
func TestCutter(t *testing.T) {
	type record struct {
		dir       protocol.Direction
		wire      []byte
		fate      session.Fate
		continues bool
	}
	var (
		preamble = protocol.Preamble{Hash: protocol.HashPassword("secret"), Padding: 2}.Append(nil)
		syn      = frame(protocol.SYN, 1, "")
		psh      = frame(protocol.PSH, 1, "hello, world")
		zeros    = frame(protocol.PSH, 1, string(make([]byte, 50)))
		answer   = frame(protocol.HeartResponse, 0, "")
		absorbed = session.Fate{Kind: session.Absorbed}
	)
	const line = "c> PREAMBLE hash 2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b 2"
	tests := []struct {
		name    string
		records []record
		want    string
	}{
		{
			"frames in a record",
			[]record{{wire: slices.Concat(preamble, syn, psh)}, {dir: s2c, wire: answer}},
			line + " ...\nc> SYN 1 ...\nc> PSH 1 \"hello, world\"\ns> HEARTRESPONSE\n",
		},
		{
			"a frame cut twice, the header too",
			[]record{{dir: s2c, wire: append(answer, psh[:3]...)}, {dir: s2c, wire: psh[3:12]}, {dir: s2c, wire: append(psh[12:], answer...)}},
			"s> HEARTRESPONSE ...\ns> raw 020000\ns> raw 0001000c68656c6c6f\ns> raw \", world\" ...\ns> HEARTRESPONSE\n",
		},
		{
			"what is left of a frame may look like one",
			[]record{{dir: s2c, wire: zeros[:50]}, {dir: s2c, wire: append(zeros[50:], syn...)}},
			"s> raw 02 00000001 0032 zeros 43\ns> raw zeros 7 ...\ns> SYN 1\n",
		},
		{
			"a preamble in parts",
			[]record{{wire: preamble[:32]}, {wire: preamble[32:35]}, {wire: append(preamble[35:], syn...)}},
			"c> raw " + line[len("c> PREAMBLE hash "):len(line)-2] + "\nc> raw 000200\nc> raw 00 ...\nc> SYN 1\n",
		},
		{
			"parts of a record, with marks",
			[]record{{dir: s2c, wire: psh, continues: true}, {dir: s2c, wire: answer, fate: absorbed, continues: true}, {dir: s2c, wire: answer}},
			"s> PSH 1 \"hello, world\" ...\ns> HEARTRESPONSE absorbed ...\ns> HEARTRESPONSE\n",
		},
		{
			"no bytes",
			[]record{{dir: s2c}, {dir: s2c, wire: answer, continues: true}, {dir: s2c, wire: []byte{}, continues: true}, {dir: s2c, wire: []byte{}}},
			"s> raw\ns> HEARTRESPONSE ...\ns> raw\n",
		},
		{
			"not AnyTLS",
			[]record{{wire: []byte("GET / HTTP/1.1\r\n")}, {wire: syn}},
			"c> raw \"GET / HTTP/1.1\\r\\n\"\nc> raw 01000000010000\n",
		},
		{
			"the framing is lost at the third unknown command",
			[]record{{dir: s2c, wire: slices.Concat(answer, frame(200, 1, ""), frame(201, 0, ""), frame(202, 1, ""), answer)}},
			"s> HEARTRESPONSE ...\ns> 200 1 ...\ns> 201 ...\ns> raw ca00000001000009000000000000\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := script.NewCutter(1)
			var steps []script.Step
			for _, r := range test.records {
				wire := bytes.Clone(r.wire)
				steps = append(steps, c.Record(r.dir, wire, r.fate, r.continues)...)
				clear(wire) // the steps have their own
			}
			if got := (script.Script{Steps: steps}).String(); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
			sameBytes(t, steps)
		})
	}
}

// TestCutterSession holds that steps are of the cutter's session.
func TestCutterSession(t *testing.T) {
	for _, st := range script.NewCutter(7).Record(s2c, append(frame(1, 1, ""), 1), session.Fate{}, false) {
		if st.Session != 7 {
			t.Errorf("%v is of session %d", &st, st.Session)
		}
	}
}

// TestRandomRecords holds that records of random frames, cut at random, come back to
// the byte, record by record.
func TestRandomRecords(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		wires := protocol.ByDirection[[]byte]{protocol.Preamble{Padding: uint16(r.IntN(40))}.Append(nil)}
		for range r.IntN(30) {
			data := make([]byte, r.IntN(100))
			if r.IntN(2) == 0 {
				for i := range data {
					data[i] = byte(r.UintN(256))
				}
			}
			dir := r.IntN(2)
			wires[dir] = append(wires[dir], frame(protocol.Command(r.IntN(12)), r.Uint32N(3), string(data))...)
		}
		checkRecords(t, wires[c2s], wires[s2c], func(most int) int { return r.IntN(most + 1) })
	}
}

// checkRecords cuts the bytes of both sides into records, each as long as draw says,
// given what is the most, and holds that they come back.
func checkRecords(t *testing.T, client, server []byte, draw func(most int) int) {
	t.Helper()
	const size = 150 // of a record
	wires := protocol.ByDirection[[]byte]{client, server}
	c := script.NewCutter(1)
	var (
		steps   []script.Step
		records protocol.ByDirection[[][]byte]
		open    protocol.ByDirection[bool] // a record goes on
	)
	for n := 0; len(wires[c2s])+len(wires[s2c]) > 0; n++ {
		dir := protocol.Direction(n & 1)
		part := wires[dir][:min(1+draw(size), len(wires[dir]))]
		wires[dir] = wires[dir][len(part):]
		continues := len(part) > 0 && draw(3) == 0
		if last := len(records[dir]) - 1; open[dir] {
			records[dir][last] = slices.Concat(records[dir][last], part)
		} else {
			records[dir] = append(records[dir], part)
		}
		open[dir] = continues
		steps = append(steps, c.Record(dir, part, session.Fate{}, continues)...)
	}
	var got protocol.ByDirection[[][]byte]
	var goesOn protocol.ByDirection[bool]
	for _, st := range sameBytes(t, steps) {
		if last := len(got[st.Dir]) - 1; goesOn[st.Dir] {
			got[st.Dir][last] = slices.Concat(got[st.Dir][last], st.Wire)
		} else {
			got[st.Dir] = append(got[st.Dir], st.Wire)
		}
		goesOn[st.Dir] = st.Continues
	}
	for dir := range got {
		if !slices.EqualFunc(got[dir], records[dir], bytes.Equal) {
			t.Fatalf("%v: records\n%x\nbecame\n%x", protocol.Direction(dir), records[dir], got[dir])
		}
	}
}
