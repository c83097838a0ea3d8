package gate

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
	"anytls-inspect/protocol/session"
)

// TestScripts plays the scripts of testdata to the two gates of a session.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts := make(map[string]string)
		for _, f := range archive.Files {
			texts[f.Name] = string(f.Data)
		}
		for _, f := range archive.Files {
			if strings.HasSuffix(f.Name, ".want") {
				continue
			}
			t.Run(f.Name, func(t *testing.T) {
				in := parse(t, string(f.Data))
				want := in
				if text, ok := texts[f.Name+".want"]; ok {
					want = parse(t, text)
				}
				if diff := cmp.Diff(want.String(), play(t, in).String()); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
	}
}

func parse(t *testing.T, text string) script.Script {
	t.Helper()
	s, err := script.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// play hands the records of a script to gates, and returns what these decided, as a
// script. The link that it plays inserts the frames that are marked injected.
func play(t *testing.T, in script.Script) (out script.Script) {
	t.Helper()
	now := time.Unix(1000, 0)
	shared := NewShared(time.Second, session.NewSchemes(), new(Rooms))
	cutter := script.NewCutter(1)
	var gates protocol.ByDirection[*Gate]
	for d := range gates {
		gates[d] = New(protocol.Direction(d), shared)
	}
	var records protocol.ByDirection[[]byte] // that are being gathered
	for _, st := range in.Steps {
		g, record := gates[st.Dir], &records[st.Dir]
		switch {
		case st.Kind == script.Wait:
			now = now.Add(st.Wait)
			out.Steps = append(out.Steps, st)
		case st.Kind == script.Close:
			out.Steps = append(out.Steps, cutAll(cutter, protocol.ServerToClient, []Verdict{gates[protocol.ServerToClient].Release()})...)
			out.Steps = append(out.Steps, st)
		case st.Fate.Made():
			h, _ := protocol.ParseHeader(st.Wire)
			g.Inserted(now, protocol.Frame{Command: h.Command, Stream: h.Stream, Data: st.Wire[protocol.HeaderLen:]})
			out.Steps = append(out.Steps, st)
		default:
			*record = append(*record, st.Wire...)
			if st.Continues {
				continue
			}
			verdicts := g.Decide(now, append(make([]byte, Headroom), *record...), nil)
			comparePieces(t, verdicts)
			out.Steps = append(out.Steps, cutAll(cutter, st.Dir, verdicts)...)
			*record = nil
		}
	}
	return out
}

// cutAll returns the steps of a record that a gate has decided about.
func cutAll(c *script.Cutter, dir protocol.Direction, verdicts []Verdict) (steps []script.Step) {
	for i, v := range verdicts {
		fate := session.Fate{}
		if v.Order == Absorb {
			fate.Kind = session.Absorbed
		}
		if v.Order == Insert {
			steps = append(steps, script.Step{
				Session: 1, Dir: dir, Wire: protocol.Header{Command: protocol.HeartRequest}.Append(nil),
				Fate: session.Fate{Kind: session.Injected},
			})
			continue
		}
		goesOn := i+1 < len(verdicts) && verdicts[i+1].Order != Insert
		steps = append(steps, c.Record(dir, v.Data, fate, goesOn)...)
	}
	return steps
}

// comparePieces checks that the pieces of each part are as long as the part.
func comparePieces(t *testing.T, verdicts []Verdict) {
	t.Helper()
	for _, v := range verdicts {
		n := 0
		for _, p := range v.Pieces {
			n += int(p.Wire)
		}
		opaque := len(v.Pieces) == 0 || v.Pieces[len(v.Pieces)-1].State.Opaque()
		if n != len(v.Data) && !opaque {
			t.Errorf("pieces of %d bytes, for %d bytes", n, len(v.Data))
		}
	}
}

// TestGateSplitsOnlyWhenStarved: a direction whose records never end at a
// frame's end would make a frame wait for ever.
func TestGateSplitsOnlyWhenStarved(t *testing.T) {
	shared := NewShared(time.Second, session.NewSchemes(), new(Rooms))
	g, cutter := New(protocol.ServerToClient, shared), script.NewCutter(1)
	request := &protocol.Frame{Command: protocol.HeartRequest}
	decide := func(text string) string {
		var record []byte
		for _, st := range parse(t, text).Steps {
			record = append(record, st.Wire...)
		}
		verdicts := g.Decide(time.Unix(0, 0), append(make([]byte, Headroom), record...), request)
		return (&script.Script{Steps: cutAll(cutter, protocol.ServerToClient, verdicts)}).String()
	}
	decide("s> raw 02 00000001 0003")
	for i := range 3 * maxMissed {
		// Each record ends one frame and begins the next.
		got := decide(`s> raw "abc" 02 00000001 0003`)
		want := "s> raw \"abc\" ...\ns> raw 02 00000001 0003\n"
		if i == maxMissed || i == 2*maxMissed+1 {
			want = "s> raw \"abc\"\ns> HEARTREQUEST injected\ns> raw 02 00000001 0003\n"
		}
		if got != want {
			t.Fatalf("record %d: %s\nwant %s", i, got, want)
		}
	}
}
