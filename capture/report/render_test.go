package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"

	"anytls-inspect/capture/report"
)

// reports are the reports whose forms testdata holds.
func reports() map[string]*report.Report {
	return map[string]*report.Report{
		"full":     report.Combine(meta(), passed()),
		"matrix":   report.Combine(meta(), lossy(), failsAlone(), passed(), notRun(), silent()),
		"empty":    report.Combine(meta(), silent()),
		"stuck":    report.Combine(meta(), stuck()),
		"frozen":   report.Combine(meta(), frozen()),
		"partly":   report.Combine(meta(), partly()),
		"passing":  report.Combine(meta(), passing()),
		"rejected": report.Combine(meta(), rejected()),

		"guide":                report.Combine(meta(), guided()...),
		"guide-fails-alone":    report.Combine(meta(), splits()...),
		"guide-relay-breaks":   report.Combine(meta(), broken()...),
		"guide-wrong-password": report.Combine(meta(), wrongPassword()...),
		"guide-silent-server":  report.Combine(meta(), mute()...),
		"guide-missing-server": report.Combine(meta(), missing()...),
		"guide-ended":          report.Combine(meta(), ended()...),
		"guide-matrix":         report.Combine(meta(), paired()...),
	}
}

func TestGolden(t *testing.T) {
	for name, r := range reports() {
		for _, lang := range []report.Lang{report.English, report.Chinese} {
			forms := map[string]func(report.Lang) ([]byte, error){
				"md":   func(l report.Lang) ([]byte, error) { return r.Markdown(l), nil },
				"html": r.HTML,
				"json": r.JSON,
				"xml":  r.JUnit,
			}
			if strings.HasPrefix(name, "guide-") { // what is said of them is the same in all forms
				delete(forms, "html")
				delete(forms, "json")
			}
			for form, render := range forms {
				t.Run(name+"."+string(lang)+"."+form, func(t *testing.T) {
					text, err := render(lang)
					if err != nil {
						t.Fatal(err)
					}
					golden.RequireEqual(t, text)
				})
			}
		}
	}
}

// TestFingerprintsOfRun: where the key of fingerprints was not kept, the report says so
// in its head; where it was, there is nothing to say.
func TestFingerprintsOfRun(t *testing.T) {
	said := map[report.Lang]string{
		report.English: "- **Fingerprints of credentials**: of this run alone: ",
		report.Chinese: "- **凭据指纹**: 仅限本次运行：",
	}
	for _, ofRun := range []bool{true, false} {
		m := meta()
		m.FingerprintsOfRun = ofRun
		r := report.Combine(m, passed())
		for lang, text := range said {
			head, _, _ := bytes.Cut(r.Markdown(lang), []byte("\n## "))
			if got := bytes.Contains(head, []byte(text)); got != ofRun {
				t.Errorf("%s: said %t, want %t, in\n%s", lang, got, ofRun, head)
			}
		}
		text, err := r.JSON(report.English)
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(text, []byte(`"fingerprints_of_run": true`)); got != ofRun {
			t.Errorf("JSON: said %t, want %t", got, ofRun)
		}
		if again, err := report.Read(bytes.NewReader(text)); err != nil || again.FingerprintsOfRun != ofRun {
			t.Errorf("read again: %t, %v; want %t", again.FingerprintsOfRun, err, ofRun)
		}
	}
}

// readAgain returns what is read of a report's JSON.
func readAgain(t *testing.T, r *report.Report) *report.Report {
	t.Helper()
	text, err := r.JSON(report.English)
	if err != nil {
		t.Fatal(err)
	}
	again, err := report.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// A report that is written as JSON and read again is the same report.
func TestRead(t *testing.T) {
	for name, r := range reports() {
		t.Run(name, func(t *testing.T) {
			text, err := r.JSON(report.English)
			if err != nil {
				t.Fatal(err)
			}
			again, err := report.Read(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			for _, lang := range []report.Lang{report.English, report.Chinese} {
				if got, want := string(again.Markdown(lang)), string(r.Markdown(lang)); got != want {
					t.Errorf("read again, the report is another one:\n%s\nwant\n%s", got, want)
				}
			}
			second, err := again.JSON(report.English)
			if err != nil || !bytes.Equal(text, second) {
				t.Errorf("written again: %v\n%s\nwant\n%s", err, second, text)
			}
		})
	}
	for _, bad := range []string{"", "[]", `{"scenarios":[{"duration_ms":"long"}]}`} {
		if _, err := report.Read(bytes.NewReader([]byte(bad))); err == nil {
			t.Errorf("Read(%q) found no error", bad)
		}
	}
}

// The summary of the command line has the figures in the form that a report reads.
func TestHeartbeatsFromSummary(t *testing.T) {
	const summary = `{"event":"summary","heartbeats":{
		"toward_server":{"sent":43,"answered":42,"lost":1,"late":1,"cut":0,"unsupported":0,"p50_ms":0.115,"p95_ms":0.189,"p99_ms":0.277,"max_ms":4000.5,
			"injected":{"sent":39,"answered":38,"lost":1},"own":{"sent":4,"answered":4}},
		"toward_client":{"sent":25,"answered":25}}}`
	var event struct {
		Heartbeats report.Heartbeats `json:"heartbeats"`
	}
	if err := json.Unmarshal([]byte(summary), &event); err != nil {
		t.Fatal(err)
	}
	server := event.Heartbeats.TowardServer
	if server.Sent != 43 || server.Late != 1 || server.P50 != ms(0.115) || server.Max != ms(4000.5) ||
		server.Injected.Lost != 1 || server.Own.Answered != 4 || event.Heartbeats.TowardClient.Answered != 25 {
		t.Errorf("read as %+v", event.Heartbeats)
	}
}
